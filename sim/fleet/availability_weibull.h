#pragma once
// On and off in turn for Weibull times: a renewal process that starts in its stationary state.

#include <memory>

#include "sim/fleet/availability.h"

namespace fedtide {

/// Durations of mean `mean_s` and Weibull shape `shape`: 1 is exponential, below 1 many short and a few very long ones,
/// above 1 all about the same.
struct WeibullTimes {
  double mean_s = 3600;
  double shape = 1;
};

/// A client's hours are drawn in blocks of 1,024 mean cycles, each from the stationary state on: the first interval of
/// a block is what is left of one that runs (its equilibrium distribution, Cox 1962), and one that reaches over a
/// block's end is cut there. The share on is mean(on) / (mean(on) + mean(off)) at all times, exactly. Asking costs as
/// many draws as the client has had intervals in the block at hand. Both means >= 1e-6 s, both shapes > 0.
std::unique_ptr<Availability> weibull_on_off(const WeibullTimes& on, const WeibullTimes& off);

/// The same for exponential times, at a cost that does not grow with time.
std::unique_ptr<Availability> exponential_on_off(double mean_on_s, double mean_off_s);

}  // namespace fedtide
