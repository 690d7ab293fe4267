#pragma once
// What the tests of generated sources share.

#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "sim/learn/dataset.h"
#include "tests/catch.h"
#include "tests/datasets/settings.h"

namespace fedtide {

inline std::unique_ptr<DataLoader> source_loader(const std::string& name, Settings& settings) {
  return Registry<DatasetEntry>::instance().at(name).read(settings);
}

/// A source with these numbers and lists, the rest at their defaults.
inline DataSource source_of(const std::string& name, const std::map<std::string, double>& numbers = {},
                            const std::map<std::string, std::vector<double>>& lists = {}, std::uint64_t seed = 1) {
  Settings settings;
  settings.numbers = numbers;
  settings.lists = lists;
  const auto loader = source_loader(name, settings);
  REQUIRE(settings.mistakes.empty());
  return loader->load(seed);
}

/// Everything a data set has, gathered at once.
inline Batch<double> everything(const Dataset& dataset) {
  std::vector<std::uint32_t> rows(dataset.size());
  std::iota(rows.begin(), rows.end(), 0u);
  Batch<double> batch;
  dataset.gather(rows, batch);
  return batch;
}

/// The standard normal distribution function.
inline double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

/// Standard error of a share p of n.
inline double share_error(double p, double n) { return std::sqrt(p * (1 - p) / n); }

}  // namespace fedtide
