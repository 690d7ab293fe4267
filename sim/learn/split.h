#pragma once
// Samples of each client that it does not train on, taken from its shard after the data set has been handed out.

#include <cstdint>
#include <span>

#include "sim/learn/dataset.h"

namespace fedtide {

struct SplitShares {
  double test = 0;
  double validation = 0;
  bool any() const { return test > 0 || validation > 0; }
};

struct Split {
  Shards train;
  Shards validation;
  Shards test;
};

/// Splits every shard: round(share x size) samples for testing and for validation, the rest for training, with the
/// client's mix of labels in each (each class gets its exact share rounded down or up; which ones are rounded up is
/// drawn). Every sample goes to exactly one side. A client keeps at least one sample for training; testing comes before
/// validation where there are too few, and does not depend on it. labels [size of the data set], or empty: then without
/// regard to the mix. Shares at least 0, together below 1. Streams (seed, split, client).
Split split_shards(const Shards& shards, std::span<const std::int32_t> labels, SplitShares shares, std::uint64_t seed);

}  // namespace fedtide
