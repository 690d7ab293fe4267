#pragma once
// Values of the distributions that an experiment gives.

#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {

/// A value of the distribution, in base units; up to two draws of the stream a try. Below `floor` it is drawn again, at
/// most 64 times, and is `floor` then.
double sample(const Draw& draw, Stream& stream, double floor = 0);

/// The distribution's mean, without a floor; infinite where there is none.
double mean_of(const Draw& draw);

}  // namespace fedtide
