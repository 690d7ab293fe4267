#include "sim/fleet/flow_limits.h"

#include <algorithm>
#include <cmath>

namespace fedtide {

/// Where a limit stands or would stand: mostly at one of the ends, of equal ones.
std::deque<FlowLimit>::const_iterator FlowLimits::place(const FlowLimit& limit) const {
  if (all_.empty() || all_.back() < limit) return all_.end();
  if (!(all_.front() < limit)) return all_.begin();
  if (!(limit < all_.back())) return all_.end() - 1;
  return std::lower_bound(all_.begin(), all_.end(), limit);
}

void FlowLimits::insert(const FlowLimit& limit) {
  const auto at = place(limit);
  if (at - all_.begin() < static_cast<std::ptrdiff_t>(count_)) {
    ++count_;
    add(limit.limit);
  }
  all_.insert(at, limit);
}

void FlowLimits::erase(const FlowLimit& limit) {
  const auto at = place(limit);
  if (at - all_.begin() < static_cast<std::ptrdiff_t>(count_)) {
    --count_;
    add(-limit.limit);
  }
  all_.erase(at);
}

bool FlowLimits::walk_to(double level) {
  const std::size_t before = count_;
  while (count_ < all_.size() && all_[count_].limit <= level) add(all_[count_++].limit);
  while (count_ > 0 && all_[count_ - 1].limit > level) add(-all_[--count_].limit);
  if (count_ == 0) sum_ = carry_ = 0;
  return count_ != before;
}

/// Neumaier 1974: what rounding takes is kept beside the sum.
void FlowLimits::add(double value) {
  const double next = sum_ + value;
  carry_ += std::abs(sum_) >= std::abs(value) ? (sum_ - next) + value : (value - next) + sum_;
  sum_ = next;
}

}  // namespace fedtide
