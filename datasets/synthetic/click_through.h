#pragma once
// A click-through world: users who are shown items and click on some, from factors that are known.
// The click probability is a logistic factor model: Koren, Bell, Volinsky: Matrix factorization techniques for
// recommender systems. IEEE Computer 42(8), 2009; as a factorization machine with the two fields user and item: Rendle:
// Factorization machines. ICDM 2010, equation 1.
//
//   P(user u clicks on item i) = 1 / (1 + exp(-(bias + a_u + b_i + p_u . q_i)))
//   a_u ~ N(0, activity^2), b_i ~ N(0, appeal^2), entries of p_u and q_i ~ N(0, taste^2)
//
// Items are shown with frequencies by Zipf's law, the item of rank r = 1, 2, .. with probability ~ r^-zipf. Each user
// is a client; label 1 is a click. The least expected loss is the mean entropy of a label given user and item.

#include <cstdint>

#include "sim/base/vector.h"
#include "sim/learn/dataset.h"

namespace fedtide {

struct ClickThroughOptions {
  std::uint32_t users = 100;
  std::uint32_t items = 200;
  std::uint32_t samples = 100;      ///< items shown to each user, for training
  std::uint32_t test_samples = 25;  ///< the same for testing
  std::uint32_t factors = 4;
  double zipf = 1;
  double bias = -1;  ///< log odds of a click of an average user on an average item
  double activity = 0.5;
  double appeal = 0.5;
  double taste = 0.7;
};

/// bias, a [users] and b [items], p [users, factors] and q [items, factors]: the weights of the model
/// factorization_machine with as many factors over the fields user and item, in its layout. Stream (seed, dataset, 0).
Vector<double> click_through_weights(const ClickThroughOptions& options, std::uint64_t seed);

/// bias + a_u + b_i + p_u . q_i
double click_through_log_odds(const ClickThroughOptions& options, const Vector<double>& weights, std::uint32_t user,
                              std::uint32_t item);

/// Sparse rows of the fields user and item. Streams (seed, dataset, 1 + user, turn 0 training | 1 test).
DataSource generate_click_through(const ClickThroughOptions& options, std::uint64_t seed);

}  // namespace fedtide
