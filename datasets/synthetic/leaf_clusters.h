#pragma once
// LEAF's synthetic clusters: every client has its own linear classifier, near that of its cluster.
// Caldas, Duddu, Wu, Li, Konecny, McMahan, Smith, Talwalkar: LEAF: a benchmark for federated settings. 2018 (arXiv
// 1812.01097), the synthetic data set.
//
//   Q[d+1, classes, clusters] with entries N(0, 1); cluster c has the mean m_c, entries N(l_c, 1), l_c ~ N(0, 1)
//   client: a cluster c with its probability; u ~ N(m_c, 0.1^2 I); W = Q u, [d+1, classes], its first row the bias;
//     B ~ N(0, 1), v entries N(B, 1); n = min(floor(lognormal(3, 2)) + 5, 1000) samples
//   sample: x ~ N(v, diag(j^-1.2)), j = 1 .. d; y = argmax_k (W^T (1, x) + N(0, 0.1^2 I))_k
//
// As in the paper, y is the largest entry of a sample's softmax, which is that of its scores. (The authors' script sums
// its softmax over the samples instead of the classes, which weighs the classes by the other samples.) The random
// streams are our own.

#include <cstdint>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

struct LeafClustersOptions {
  std::uint32_t clients = 1000;
  std::uint32_t features = 60;
  std::uint32_t classes = 5;
  std::vector<double> clusters{0.5, 0.5};  ///< probability of each, up to a common factor
  double spread = 0.1;                     ///< standard deviation of u within a cluster
  double noise = 0.1;                      ///< the same of a score
  double test_fraction = 0.1;
};

/// What client i's samples are made from.
struct LeafClient {
  std::uint32_t samples = 0;
  std::uint32_t cluster = 0;
  std::vector<double> place;    ///< [clusters] u
  std::vector<double> weights;  ///< [features + 1, classes] W, a row contiguous, the bias first
  std::vector<double> mean;     ///< [features] v
};

class LeafClusters {
 public:
  /// Streams (seed, dataset, 0) for Q and the clusters' means.
  LeafClusters(const LeafClustersOptions& options, std::uint64_t seed);
  /// Stream (seed, dataset, 1 + client, turn 0).
  LeafClient client(std::uint32_t client) const;
  const std::vector<double>& mean(std::uint32_t cluster) const { return means_[cluster]; }

 private:
  LeafClustersOptions o_;
  std::uint64_t seed_;
  std::vector<double> q_;                   ///< [features + 1, classes, clusters], clusters fastest
  std::vector<std::vector<double>> means_;  ///< [clusters] of [clusters]
};

/// Both halves with their natural clients: of n samples, floor((1 - test_fraction) n) are for training. Column
/// `cluster`. Streams (seed, dataset, 1 + client, turn 1).
DataSource generate_leaf_clusters(const LeafClustersOptions& options, std::uint64_t seed);

}  // namespace fedtide
