#pragma once
// What takes clients away whatever their own hours: regions that go dark, and clients that come late or for a while.

#include <memory>

#include "sim/fleet/all_of.h"

namespace fedtide {

/// Reads `fleet.outages:` and `fleet.churn:`, and adds to `all` those that were asked for. True: at least one.
bool read_outages(Section& section, AllOf& all);

}  // namespace fedtide
