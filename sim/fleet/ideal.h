#pragma once
// A place without distance or failures: the data center where pooled data are trained on.

#include "sim/fleet/fleet.h"

namespace fedtide {

/// One compute rate, links that take no time, always available, no drop-out.
FleetSpec ideal_fleet(FlopRate compute);

}  // namespace fedtide
