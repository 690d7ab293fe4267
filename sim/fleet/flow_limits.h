#pragma once
// The own limits of flows that share a path, in order, with the sum of those below a level that moves.

#include <cstddef>
#include <cstdint>
#include <deque>

namespace fedtide {

struct FlowLimit {
  double limit = 0;           ///< byte/s
  std::uint64_t started = 0;  ///< number of the flow's start: tells equal limits apart
  std::uint32_t flow = 0;
  bool operator<(const FlowLimit& o) const { return limit != o.limit ? limit < o.limit : started < o.started; }
};

class FlowLimits {
 public:
  void insert(const FlowLimit& limit);
  void erase(const FlowLimit& limit);
  /// Sums those not above the level; whether that changes them.
  bool walk_to(double level);

  std::size_t size() const { return all_.size(); }
  /// In ascending order.
  const FlowLimit& operator[](std::size_t i) const { return all_[i]; }
  /// How many are summed: the first.
  std::size_t count() const { return count_; }
  double sum() const { return sum_ + carry_; }

 private:
  std::deque<FlowLimit>::const_iterator place(const FlowLimit& limit) const;
  void add(double value);

  std::deque<FlowLimit> all_;  // of those of one limit, the first to come is often the first to go
  std::size_t count_ = 0;
  double sum_ = 0;
  double carry_ = 0;  // what rounding took from it: the sum is added to and subtracted from for the whole of a run
};

}  // namespace fedtide
