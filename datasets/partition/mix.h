#pragma once
// One client's mix of classes, and draws from it that put nothing back.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "sim/base/distributions.h"

namespace fedtide {

/// A draw of a Dirichlet distribution, kept in logarithms: for a tiny concentration all shares but one are 0, and still
/// have an order among themselves.
class Mix {
 public:
  /// A class of concentration 0 has no share.
  Mix(Stream& stream, std::span<const double> concentration) : log_share_(concentration.size(), kNone) {
    for (std::size_t k = 0; k < concentration.size(); ++k) {
      if (concentration[k] > 0) log_share_[k] = log_gamma_draw(stream, concentration[k]);
    }
    cumulative_.resize(concentration.size());
  }

  void exclude(std::size_t k) { log_share_[k] = kNone; }
  bool any() const {
    return std::any_of(log_share_.begin(), log_share_.end(), [](double share) { return share != kNone; });
  }
  /// To be called after exclusions, with at least one class left.
  void normalize() {
    const double largest = *std::max_element(log_share_.begin(), log_share_.end());
    double sum = 0;
    for (std::size_t k = 0; k < log_share_.size(); ++k) {
      if (log_share_[k] != kNone) sum += std::exp(log_share_[k] - largest);
      cumulative_[k] = sum;
    }
  }
  /// One uniform.
  std::size_t draw(Stream& stream) const {
    const double target = uniform(stream) * cumulative_.back();
    auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), target);
    // A product that rounds up to the whole belongs to the last class with a share.
    if (found == cumulative_.end())
      found = std::lower_bound(cumulative_.begin(), cumulative_.end(), cumulative_.back());
    return static_cast<std::size_t>(found - cumulative_.begin());
  }

 private:
  static constexpr double kNone = -std::numeric_limits<double>::infinity();
  std::vector<double> log_share_;   // [classes]
  std::vector<double> cumulative_;  // [classes]
};

}  // namespace fedtide
