// Errors of numbers to predict, over all targets of all samples: r = z - y.
//
//   mae = mean |r|,  rmse = sqrt(mean r^2),  r2 = 1 - sum r^2 / sum (y - mean y)^2
//
// The mean and the squares around it are merged as Chan, Golub and LeVeque 1979 do, so that no digits are lost.

#include <cmath>
#include <limits>

#include "sim/learn/metrics/metric.h"

namespace fedtide {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

class Residuals : public Tally {
 public:
  void add(const Predictions& p) override {
    for (std::size_t i = 0; i < p.targets.size(); ++i) {
      const double y = static_cast<double>(p.targets[i]), r = static_cast<double>(p.outputs[i]) - y;
      absolute_ += std::abs(r);
      squared_ += r * r;
      count_ += 1;
      const double away = y - mean_;
      mean_ += away / count_;
      around_ += away * (y - mean_);
    }
  }
  void merge(const Tally& later) override {
    const auto& other = static_cast<const Residuals&>(later);
    if (other.count_ == 0) return;
    const double both = count_ + other.count_, away = other.mean_ - mean_;
    around_ += other.around_ + away * away * count_ * other.count_ / both;
    mean_ += away * other.count_ / both;
    count_ = both;
    absolute_ += other.absolute_;
    squared_ += other.squared_;
  }

 protected:
  double count_ = 0, absolute_ = 0, squared_ = 0;
  double mean_ = 0, around_ = 0;  ///< of the targets, and the sum of squares around it
};

struct Mae final : Residuals {
  double value() const override { return count_ > 0 ? absolute_ / count_ : kNone; }
};
struct Rmse final : Residuals {
  double value() const override { return count_ > 0 ? std::sqrt(squared_ / count_) : kNone; }
};
struct R2 final : Residuals {
  double value() const override { return around_ > 0 ? 1 - squared_ / around_ : kNone; }
};

std::string mismatch(const InputShape& data) {
  if (data.survival) return "needs numbers to predict, the data set has survival times; c_index takes these";
  return data.targets > 0 ? "" : "needs numbers to predict, the data set has none";
}

template <class Kind>
std::unique_ptr<Tally> make(const InputShape&) {
  return std::make_unique<Kind>();
}

}  // namespace

std::vector<Metric> residual_metrics() {
  return {{About{"mae", "mean absolute error", ""}, &mismatch, &make<Mae>},
          {About{"rmse", "root of the mean squared error", ""}, &mismatch, &make<Rmse>},
          {About{"r2", "share of the targets' variance that is explained", ""}, &mismatch, &make<R2>}};
}

}  // namespace fedtide
