#pragma once
// Texts of Markov chains: the best loss that any model can reach on them is known.

#include <cstdint>

#include "sim/base/vector.h"
#include "sim/learn/dataset.h"

namespace fedtide {

struct MarkovOptions {
  std::uint32_t clients = 10;
  std::uint32_t samples = 100;      ///< of each client, for training
  std::uint32_t test_samples = 20;  ///< of each client
  std::uint32_t steps = 20;
  std::uint32_t alphabet = 8;
  double concentration = 0.3;  ///< of the Dirichlet distribution of each row of a transition matrix
  double skew = 0;             ///< weight of a client's own chain; the rest is one that all share
};

/// P[from, to] of a client: (1 - skew) times the common matrix + skew times its own. Streams (seed, dataset, 0) for the
/// common rows, (seed, dataset, 1 + client) for its own.
Matrix<double> markov_transitions(const MarkovOptions& options, std::uint64_t seed, std::uint32_t client);

/// pi with pi P = pi, as the limit of averages of powers of P; where P falls into parts, that from a uniform start.
Vector<double> stationary(const Matrix<double>& transitions);

/// Nats per token of a chain in its stationary state: - sum of pi[a] P[a, b] ln P[a, b] (Shannon 1948). No model that
/// reads only the past has a smaller expected cross-entropy.
double entropy_rate(const Matrix<double>& transitions);

/// A client's text is one chain from its stationary state on, cut into samples that share their border; streams (seed,
/// dataset, 1 + client, turn 1 training | 2 test).
DataSource generate_markov(const MarkovOptions& options, std::uint64_t seed);

}  // namespace fedtide
