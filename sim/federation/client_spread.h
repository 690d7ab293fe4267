#pragma once
// How a score is spread over clients: the usual measures of a federation's fairness.

#include <span>

namespace fedtide {

struct ClientSpread {
  double mean = 0;
  double variance = 0;      ///< divided by n
  double worst_decile = 0;  ///< mean of the lowest tenth, of at least one client (Li et al., ICLR 2020: "worst 10 %")
  double gini = 0;          ///< 0: all have the same
  double jain = 1;          ///< (sum x)^2 / (n sum x^2): 1 when all have the same, 1 / n when one has all (Jain 1984)
};

/// Of non-negative scores; those that are missing do not count. All values are missing when all scores are.
ClientSpread spread_of(std::span<const double> scores);

}  // namespace fedtide
