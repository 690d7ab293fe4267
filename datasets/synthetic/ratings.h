#pragma once
// Ratings of items by users, from factors that are known.

#include <cstdint>

#include "sim/base/vector.h"
#include "sim/learn/dataset.h"

namespace fedtide {

struct RatingsOptions {
  std::uint32_t users = 100;  ///< each a client
  std::uint32_t items = 100;
  std::uint32_t samples = 40;       ///< items that a user has rated, for training
  std::uint32_t test_samples = 10;  ///< further items; together at most `items`
  std::uint32_t factors = 4;
  double mean = 3.5;
  double bias = 0.4;    ///< standard deviation of the users' and items' biases
  double factor = 0.6;  ///< the same of the factors
  double noise = 0.3;   ///< the same of a rating around what the factors say
};

/// Mean, item biases, item factors, user biases, user factors: the weights of the model matrix_factorization with as
/// many factors, in its layout. Stream (seed, dataset).
Vector<double> rating_weights(const RatingsOptions& options, std::uint64_t seed);

/// Sparse rows of two fields, users and items, and a rating each to predict. Streams (seed, dataset, 1 + user).
DataSource generate_ratings(const RatingsOptions& options, std::uint64_t seed);

}  // namespace fedtide
