#pragma once
// Data that come in while the run goes on: which of its samples a client has at a time.

#include <cstdint>
#include <optional>

#include "sim/base/time.h"

namespace fedtide {

/// Samples first .. first + count - 1 of a client's shard.
struct HeldSamples {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// A client's samples come in the order of its shard, which is that of the data set, evenly over a time: where the data
/// set is a stream, what clients hold drifts with it.
struct Arrival {
  double at_start = 1;                  ///< share that is there from the start
  Duration over;                        ///< until all are
  std::optional<std::uint32_t> newest;  ///< how many are kept; older ones are forgotten. None: all

  /// Of a shard of n samples. At least one, so that nobody waits for its first.
  HeldSamples held(std::uint32_t n, Time at) const;
};

}  // namespace fedtide
