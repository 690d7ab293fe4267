#include "sim/fleet/tcp.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fedtide {

BitRate tcp_bound(Duration round_trip, double loss, Bytes segment) {
  if (round_trip.ns <= 0) return {std::numeric_limits<double>::infinity()};
  constexpr double kMathis = 1.22;
  return {8.0 * static_cast<double>(segment.count) / round_trip.seconds() * kMathis / std::sqrt(loss)};
}

void limit_by_loss(Link& link, double loss) {
  if (loss <= 0) return;
  const BitRate bound = tcp_bound(link.latency + link.latency + link.jitter + link.jitter, loss);
  link.down = std::min(link.down, bound);
  link.up = std::min(link.up, bound);
}

}  // namespace fedtide
