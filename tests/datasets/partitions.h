#pragma once
// What the tests of partitions share.

#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/base/random.h"
#include "sim/learn/dataset.h"
#include "tests/datasets/settings.h"

namespace fedtide {

/// per_class[k] samples of each class k, in random order.
inline std::vector<std::int32_t> make_labels(const std::vector<int>& per_class) {
  std::vector<std::int32_t> labels;
  for (std::size_t k = 0; k < per_class.size(); ++k) {
    labels.insert(labels.end(), static_cast<std::size_t>(per_class[k]), static_cast<std::int32_t>(k));
  }
  Stream stream(99, Purpose::dataset);
  shuffle(stream, std::span(labels));
  return labels;
}

inline std::unique_ptr<Partitioner> scheme(const std::string& name, const std::map<std::string, double>& keys = {}) {
  Settings settings;
  settings.numbers = keys;
  auto partitioner = Registry<PartitionEntry>::instance().at(name).read(settings);
  REQUIRE(settings.mistakes.empty());
  return partitioner;
}

/// The same with keys of all kinds; the mistakes found stay in `settings`.
inline std::unique_ptr<Partitioner> scheme(const std::string& name, Settings& settings) {
  return Registry<PartitionEntry>::instance().at(name).read(settings);
}

inline std::vector<std::uint64_t> sizes_of(const Shards& shards) {
  std::vector<std::uint64_t> sizes;
  for (std::uint32_t i = 0; i < shards.population(); ++i) sizes.push_back(shards.size(ClientId{i}));
  return sizes;
}

inline double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// What hands `labels` out to `clients`.
inline PartitionInput handing_out(std::span<const std::int32_t> labels, int classes, std::uint32_t clients,
                                  std::uint64_t seed) {
  return {static_cast<std::uint32_t>(labels.size()), labels, classes, {}, clients, seed};
}

/// True when every one of `samples` rows is in exactly one shard.
inline bool is_partition(const Shards& shards, std::size_t samples) {
  std::vector<int> seen(samples);
  for (const std::uint32_t row : shards.rows) {
    if (row >= samples) return false;
    ++seen[row];
  }
  return shards.begin.back() == shards.rows.size() &&
         std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; });
}

}  // namespace fedtide
