#pragma once
// How Non-IID a partition is, in numbers.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// Samples of each class at each client.
struct LabelCounts {
  std::uint32_t population = 0;
  std::uint32_t classes = 0;
  std::vector<std::uint32_t> counts;  ///< [population, classes]

  std::span<const std::uint32_t> of(ClientId client) const {
    return std::span(counts).subspan(std::size_t{raw(client)} * classes, classes);
  }
};
LabelCounts count_labels(const Shards& shards, std::span<const std::int32_t> labels, int classes);

/// Each client against the mix of all clients together. A client without samples has 0 everywhere.
struct Skew {
  std::vector<double> emd;  ///< [population] sum of |share - global share|, 0 .. 2 (Zhao et al. 2018, arXiv 1806.00582)
  std::vector<double> jensen_shannon;  ///< [population] divergence in nats, 0 .. ln 2
  std::vector<double> entropy;         ///< [population] of the client's own mix in nats, 0 .. ln classes
  std::vector<std::uint32_t> classes;  ///< [population] classes with at least one sample
  double global_entropy = 0;           ///< of the mix of all clients together, in nats
  double size_gini = 0;                ///< of the clients' sizes: 0 all equal .. 1 one holds all
};
Skew measure_skew(const LabelCounts& counts);

}  // namespace fedtide
