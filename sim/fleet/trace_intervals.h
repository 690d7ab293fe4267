#pragma once
// Recorded hours: for each trace the intervals in which a device was available,
// over a period that repeats.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/time.h"

namespace fedtide {

/// Available from `begin` on and until just before `end`, both since the
/// trace's start.
struct Interval {
  Duration begin;
  Duration end;
};

/// Memory: 16 bytes an interval, 24 a trace. Asking costs O(log of a trace's
/// intervals).
class IntervalTraces {
 public:
  /// A trace: intervals of positive length, in order and disjoint, within [0,
  /// period]; those that touch become one.
  void add(std::span<const Interval> intervals, Duration period);

  std::size_t size() const { return traces_.size(); }
  Duration period(std::size_t trace) const { return traces_[trace].period; }

  /// At a time after the trace's start, of any period.
  bool available(std::size_t trace, Duration at) const;
  /// When an available one leaves, exact to the nanosecond, at most a period
  /// after `at`; Duration::max() when never.
  Duration leaves(std::size_t trace, Duration at) const;
  /// When one that is away is available again, at most a period after `at`; Duration::max() when never.
  Duration returns(std::size_t trace, Duration at) const;

 private:
  struct Trace {
    std::size_t first;  ///< of its intervals
    std::size_t count;
    Duration period;
  };
  std::span<const Interval> intervals(const Trace& trace) const {
    return std::span(intervals_).subspan(trace.first, trace.count);
  }
  /// The interval that holds a time within the period; null when none does.
  const Interval* holding(const Trace& trace, Duration local) const;

  std::vector<Interval> intervals_;
  std::vector<Trace> traces_;
};

}  // namespace fedtide
