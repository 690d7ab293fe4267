#pragma once
// synthetic(alpha, beta) of FedProx: every client has its own linear classifier and its own place in feature space.
// Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith: Federated optimization in heterogeneous networks. MLSys 2020 (arXiv
// 1812.06127), section 5.1, after Shamir, Srebro, Zhang 2014. The random streams are our own, so the numbers are not
// those of the authors' files.

#include <cstdint>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

struct FedproxOptions {
  std::uint32_t clients = 30;
  double alpha = 1;  ///< standard deviation among clients of the mean u_i of the classifiers' entries
  double beta = 1;   ///< standard deviation among clients of the mean B_i of the features
  bool iid = false;  ///< one classifier and feature mean 0 for all; alpha and beta are not used
  std::uint32_t features = 60;
  std::uint32_t classes = 10;
  double test_fraction = 0.1;
};

/// What client i's samples are made from: x ~ N(mean, diag(j^-1.2)), j = 1 .. features, and y = argmax(W^T x + b).
struct FedproxClient {
  std::uint32_t samples = 0;  ///< floor(lognormal(4, 2)) + 50
  std::vector<double> mean;   ///< [features]; each N(B_i, 1), B_i ~ N(0, beta^2)
  std::vector<double>
      weights;  ///< [features, classes] with a feature's row contiguous; each N(u_i, 1), u_i ~ N(0, alpha^2)
  std::vector<double> bias;  ///< [classes]; each N(u_i, 1), with the same u_i
};
/// Streams (seed, dataset, client, turn 0); with iid, the classifier is that of stream (seed, dataset, 0, turn 2) for
/// all.
FedproxClient fedprox_client(const FedproxOptions& options, std::uint64_t seed, ClientId client);

/// Both halves with their natural clients: of n samples, floor((1 - test_fraction) n) are for training. Streams (seed,
/// dataset, client, turns 0 and 1). Throws Failure(usage) for more samples than 32 bits count.
DataSource generate_fedprox(const FedproxOptions& options, std::uint64_t seed);

}  // namespace fedtide
