#include "sim/learn/arrival.h"

#include <algorithm>

namespace fedtide {

HeldSamples Arrival::held(std::uint32_t n, Time at) const {
  std::uint32_t come = n;
  if (over.ns > 0 && at.ns < over.ns) {
    const double share = at_start + (1 - at_start) * static_cast<double>(at.ns) / static_cast<double>(over.ns);
    come = std::min(n, std::max(static_cast<std::uint32_t>(share * n), std::min(n, 1u)));
  }
  const std::uint32_t kept = std::min(come, newest.value_or(come));
  return {come - kept, kept};
}

}  // namespace fedtide
