#include "sim/federation/reservoir.h"

#include <utility>

#include "sim/base/distributions.h"

namespace fedtide {

std::optional<std::uint32_t> Reservoir::offer(std::uint32_t item, Stream& stream) {
  ++offered_;
  if (held_.size() < capacity_) {
    held_.push_back(item);
    return std::nullopt;
  }
  const std::uint64_t place = uniform_below64(stream, offered_);
  if (place >= held_.size()) return item;
  return std::exchange(held_[place], item);
}

std::vector<std::uint32_t> Reservoir::take() {
  offered_ = 0;
  return std::exchange(held_, {});
}

}  // namespace fedtide
