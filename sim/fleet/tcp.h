#pragma once
// What packet loss leaves of a link's rate.

#include "sim/base/quantity.h"
#include "sim/base/time.h"
#include "sim/fleet/device.h"

namespace fedtide {

/// The most that one TCP connection sends where packets are lost at random with probability `loss` > 0: MSS / RTT x
/// 1.22 / sqrt(loss) (Mathis, Semke, Mahdavi, Ott: The macroscopic behavior of the TCP congestion avoidance algorithm.
/// CCR 27(3), 1997). Infinite for a round trip of no time.
BitRate tcp_bound(Duration round_trip, double loss, Bytes segment = {1460});

/// Caps both rates of a link by it. The round trip is twice the latency and the mean of the jitter. A loss of 0 changes
/// nothing.
void limit_by_loss(Link& link, double loss);

}  // namespace fedtide
