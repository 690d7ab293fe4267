#pragma once
// One normal distribution a class, with one knob for each kind of difference between clients (Kairouz et al. 2021,
// section 3.1), and the accuracy of the best classifier in closed form.
//
//   class centers: mu_k = separation / sqrt(2) e_k, k = 0 .. classes - 1, so that any two are `separation` apart
//   client i: b_i ~ N(0, feature_shift^2 I);  pi_i ~ Dirichlet((1 / label_shift - 1) / classes, ..);
//     r_i = 0, or with probability concept_shift one of 1 .. classes - 1, all alike often
//   sample: k ~ pi_i, x ~ N(mu_k + b_i, I), y = (k + r_i) mod classes
//
// A knob at 0 makes the clients alike in its way; all at 0 is IID. The variance of a client's share of a class is
// label_shift (1/K)(1 - 1/K), K = classes: 0 when all are even, 1 when each client has one class.
//
// The best accuracy of a classifier that knows its client's b_i and r_i, classes even, x within a client:
//   A(s) = integral of phi(t - s / sqrt(2)) Phi(t)^(K-1) dt,  s = separation
// since the coordinate of the true class must be the largest of K. For K = 2 this is Phi(s / 2). A classifier that all
// clients share sees x ~ N(mu_k, (1 + feature_shift^2) I), so that it reaches A(s / sqrt(1 + feature_shift^2)); and
// with that A and a concept_shift c <= (K - 1) / K: (1 - c) A + c (1 - A) / (K - 1), for a wrong class is each of K - 1
// alike often.

#include <cstdint>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

struct MixtureOptions {
  std::uint32_t clients = 20;
  std::uint32_t samples = 200;      ///< of each client, for training
  std::uint32_t test_samples = 50;  ///< of each client
  std::uint32_t features = 20;      ///< at least as many as classes
  std::uint32_t classes = 10;
  double separation = 3;
  double feature_shift = 0;  ///< at least 0
  double label_shift = 0;    ///< 0 .. 1
  double concept_shift = 0;  ///< 0 .. 1
};

/// What is client i's own. Stream (seed, dataset, client, turn 0).
struct MixtureClient {
  std::vector<double> offset;  ///< [features] b_i
  std::vector<double> shares;  ///< [classes] pi_i
  std::uint32_t rotation = 0;  ///< r_i
};
MixtureClient mixture_client(const MixtureOptions& options, std::uint64_t seed, std::uint32_t client);

/// A(separation), by Simpson's rule; within 1e-9.
double mixture_accuracy(std::uint32_t classes, double separation);
/// The best accuracy of a classifier that all clients share, over many clients with even classes.
double shared_mixture_accuracy(const MixtureOptions& options);

/// Streams (seed, dataset, client, turn 1 training | 2 test).
DataSource generate_mixture(const MixtureOptions& options, std::uint64_t seed);

}  // namespace fedtide
