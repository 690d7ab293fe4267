#pragma once
// Summary statistics and distances between label distributions.

#include <cstdint>
#include <span>

namespace fedtide {

/// Mean and variance in one pass (Welford 1962).
class Moments {
 public:
  void add(double x) {
    ++count_;
    const double delta = x - mean_;
    mean_ += delta / static_cast<double>(count_);
    squares_ += delta * (x - mean_);
  }
  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }
  /// With n - 1; 0 for fewer than two values.
  double variance() const { return count_ > 1 ? squares_ / static_cast<double>(count_ - 1) : 0.0; }

 private:
  std::int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

/// Quantile q in [0, 1] by linear interpolation (type 7); sorts a copy. NaN for no values.
double quantile(std::span<const double> values, double q);
/// Gini coefficient of non-negative values: 0 equal .. 1 - 1/n one holds all. 0 when all are 0.
double gini(std::span<const double> values);
/// Shannon entropy in nats of non-negative counts; 0 for no counts.
double entropy(std::span<const double> counts);
/// Sum of |p_k - q_k| over the normalized counts ("EMD" of Zhao et al. 2018): 0 .. 2.
double label_emd(std::span<const double> counts, std::span<const double> reference);
/// Jensen-Shannon divergence in nats of the normalized counts: 0 .. ln 2.
double jensen_shannon(std::span<const double> counts, std::span<const double> reference);

}  // namespace fedtide
