#pragma once
// Clicks on categories, from a factorization machine whose weights are known.

#include <cstdint>
#include <span>

#include "sim/base/vector.h"
#include "sim/learn/dataset.h"

namespace fedtide {

struct ClicksOptions {
  std::uint32_t clients = 10;
  std::uint32_t samples = 1000;      ///< of each client, for training
  std::uint32_t test_samples = 200;  ///< of each client
  std::uint32_t fields = 6;
  std::uint32_t categories = 20;  ///< of each field
  std::uint32_t factors = 4;
  double zipf = 1;      ///< the category of rank r = 1, 2, .. is drawn with probability ~ r^-zipf
  double weight = 0.5;  ///< standard deviation of the linear weights
  double factor = 0.5;  ///< the same of the factors
  double skew = 0;      ///< share of categories that a client draws in an order of ranks of its own
};

/// w0 = 0, w [n], V [n, factors] of n = fields * categories columns: the weights of the model factorization_machine
/// with as many factors, in its layout. Stream (seed, dataset).
Vector<double> click_weights(const ClicksOptions& options, std::uint64_t seed);

/// Log odds of a click on these columns: Rendle 2010, equation 1, pair by pair.
double click_log_odds(const ClicksOptions& options, const Vector<double>& weights,
                      std::span<const std::uint32_t> columns);

/// A client's samples: streams (seed, dataset, 1 + client, turn 0 own ranks | 1 training | 2 test).
DataSource generate_clicks(const ClicksOptions& options, std::uint64_t seed);

}  // namespace fedtide
