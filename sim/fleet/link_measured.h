#pragma once
// Links of measured users, as FLASH has them.

#include "sim/base/random.h"
#include "sim/fleet/device.h"

namespace fedtide {

/// Mean and deviation of a user's speed in kB/s.
struct MeasuredRates {
  double down, down_sigma, up, up_sigma;
};

/// A client's rates are normal draws, at least a tenth of the user's mean (FLASH draws again while negative).
void draw_rates(const MeasuredRates& user, Stream& stream, Link& link);

}  // namespace fedtide
