// Area under the ROC curve of two classes: the probability that a sample of class 1 has a larger score than one of
// class 0, ties counting half. Hanley, McNeil: The meaning and use of the area under a receiver operating
// characteristic curve. Radiology 143, 1982.
//
//   AUC = (R_1 - n_1 (n_1 + 1) / 2) / (n_1 n_0),  R_1: sum of the ranks of class 1, equal scores sharing their mean
//   rank

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "sim/learn/metrics/metric.h"

namespace fedtide {
namespace {

class Auc final : public Tally {
 public:
  void add(const Predictions& p) override {
    for (Index j = 0; j < p.count(); ++j) {
      const std::int32_t label = p.labels[static_cast<std::size_t>(j)];
      if (label < 0) continue;
      const float* z = p.column(j);
      // A softmax's probability of class 1 grows with the difference.
      const double score =
          p.channels == 1 ? static_cast<double>(z[0]) : static_cast<double>(z[1]) - static_cast<double>(z[0]);
      scores_.emplace_back(score, label == 1);
    }
  }
  void merge(const Tally& later) override {
    const auto& other = static_cast<const Auc&>(later).scores_;
    scores_.insert(scores_.end(), other.begin(), other.end());
  }
  double value() const override {
    auto sorted = scores_;
    for (const auto& each : sorted) {
      if (std::isnan(each.first)) return std::numeric_limits<double>::quiet_NaN();
    }
    std::sort(sorted.begin(), sorted.end());
    double ranks = 0, ones = 0;  // halves: exact up to 2^52
    for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
      double here = 0;
      for (; end < sorted.size() && sorted[end].first == sorted[begin].first; ++end) here += sorted[end].second ? 1 : 0;
      ranks += here * 0.5 * static_cast<double>(begin + 1 + end);  // ranks begin + 1 .. end
      ones += here;
    }
    const double zeros = static_cast<double>(sorted.size()) - ones;
    if (ones == 0 || zeros == 0) return std::numeric_limits<double>::quiet_NaN();
    return (ranks - 0.5 * ones * (ones + 1)) / (ones * zeros);
  }

 private:
  std::vector<std::pair<double, bool>> scores_;
};

std::string mismatch(const InputShape& data) {
  if (data.classes == 2) return "";
  if (data.classes > 2) return fmt::format("needs 2 classes, the data set has {}; f1 takes any number", data.classes);
  return needs_labels(data);
}

}  // namespace

std::vector<Metric> auc_metrics() {
  return {{About{"auc", "area under the ROC curve, of two classes", "Hanley and McNeil 1982"}, &mismatch,
           [](const InputShape&) -> std::unique_ptr<Tally> { return std::make_unique<Auc>(); }}};
}

}  // namespace fedtide
