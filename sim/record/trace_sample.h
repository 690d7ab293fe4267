#pragma once
// Whose turns a partial trace follows.

#include <cstdint>

#include "sim/base/ids.h"

namespace fedtide {

/// What of the turns is kept (`output.trace`).
enum class TraceDetail { none, sample, clients };

/// Whether a sample of this share of the clients has this one: a draw of its own for each client, so the same clients
/// whatever else a run does, and a larger sample holds a smaller one.
bool is_traced(std::uint64_t seed, ClientId client, double share);

}  // namespace fedtide
