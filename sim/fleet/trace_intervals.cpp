#include "sim/fleet/trace_intervals.h"

#include <algorithm>

#include "sim/base/error.h"

namespace fedtide {

void IntervalTraces::add(std::span<const Interval> intervals, Duration period) {
  const std::size_t first = intervals_.size();
  Duration last{0};
  for (const Interval& interval : intervals) {
    FEDTIDE_REQUIRE(last <= interval.begin && interval.begin < interval.end && interval.end <= period,
                    "the interval {} to {} ns after {} in a period of {}", interval.begin.ns, interval.end.ns, last.ns,
                    period.ns);
    if (intervals_.size() > first && interval.begin == last) {
      intervals_.back().end = interval.end;
    } else {
      intervals_.push_back(interval);
    }
    last = interval.end;
  }
  traces_.push_back({first, intervals_.size() - first, period});
}

const Interval* IntervalTraces::holding(const Trace& trace, Duration local) const {
  const std::span<const Interval> all = intervals(trace);
  const auto after = std::upper_bound(all.begin(), all.end(), local,
                                      [](Duration at, const Interval& interval) { return at < interval.begin; });
  if (after == all.begin()) return nullptr;
  const Interval& candidate = *(after - 1);
  return local < candidate.end ? &candidate : nullptr;
}

bool IntervalTraces::available(std::size_t trace, Duration at) const {
  const Trace& own = traces_[trace];
  return holding(own, {at.ns % own.period.ns}) != nullptr;
}

Duration IntervalTraces::leaves(std::size_t trace, Duration at) const {
  const Trace& own = traces_[trace];
  const Duration local{at.ns % own.period.ns};
  const Interval* const now = holding(own, local);
  if (now == nullptr) return at;
  const Duration end = at + (now->end - local);
  // What ends with the period goes on where the next one begins available.
  const Interval& first = intervals(own).front();
  if (now->end < own.period || first.begin.ns > 0) return end;
  return first.end == own.period ? Duration::max() : end + first.end;
}

Duration IntervalTraces::returns(std::size_t trace, Duration at) const {
  const Trace& own = traces_[trace];
  const std::span<const Interval> all = intervals(own);
  if (all.empty()) return Duration::max();
  const Duration local{at.ns % own.period.ns};
  const auto next = std::upper_bound(all.begin(), all.end(), local,
                                     [](Duration t, const Interval& interval) { return t < interval.begin; });
  if (next != all.end()) return at + (next->begin - local);
  return at + (own.period - local) + all.front().begin;
}

}  // namespace fedtide
