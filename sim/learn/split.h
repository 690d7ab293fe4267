#pragma once
// Test samples of each client, taken from its shard after the data set has been handed out.

#include <cstdint>
#include <span>

#include "sim/learn/dataset.h"

namespace fedtide {

struct Holdout {
  Shards train;
  Shards test;
};

/// Splits every shard in two: round(fraction x size) samples for testing, the rest for training, with the client's mix
/// of labels in both (each class gets its exact share rounded down or up; which ones are rounded up is drawn). Every
/// sample goes to exactly one side. A client keeps at least one sample for training. labels [size of the data set], or
/// empty: then without regard to the mix. 0 <= fraction < 1. Streams (seed, split, client).
Holdout holdout(const Shards& shards, std::span<const std::int32_t> labels, double fraction, std::uint64_t seed);

}  // namespace fedtide
