// Top-k accuracy: the share of labels that are among the k largest outputs. Of equal outputs the first class counts as
// larger, as for plain accuracy.

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "sim/learn/metrics/metric.h"

namespace fedtide {
namespace {

template <int k>
class TopK final : public Tally {
 public:
  void add(const Predictions& p) override {
    for (Index j = 0; j < p.count(); ++j) {
      const Index label = p.labels[static_cast<std::size_t>(j)];
      if (label < 0) continue;
      count_ += 1;
      hits_ += is_hit(p.column(j), p.channels, label) ? 1 : 0;
    }
  }
  void merge(const Tally& later) override {
    const auto& other = static_cast<const TopK&>(later);
    hits_ += other.hits_;
    count_ += other.count_;
  }
  double value() const override { return count_ > 0 ? hits_ / count_ : std::numeric_limits<double>::quiet_NaN(); }

 private:
  static bool is_hit(const float* z, Index classes, Index label) {
    int larger = 0;
    for (Index c = 0; c < classes; ++c) {
      if (std::isnan(z[c])) return false;
      larger += z[c] > z[label] || (z[c] == z[label] && c < label) ? 1 : 0;
    }
    return larger < k;
  }
  double hits_ = 0;
  double count_ = 0;
};

template <int k>
Metric top() {
  return {About{fmt::format("top_{}", k), fmt::format("share of labels among the {} largest outputs", k), ""},
          [](const InputShape& data) {
            std::string why = needs_labels(data);
            if (why.empty() && data.classes <= k) {
              why = fmt::format("is always 1 with {} classes; it needs more than {}", data.classes, k);
            }
            return why;
          },
          [](const InputShape&) -> std::unique_ptr<Tally> { return std::make_unique<TopK<k>>(); }};
}

}  // namespace

std::vector<Metric> ranking_metrics() { return {top<2>(), top<3>(), top<5>(), top<10>()}; }

}  // namespace fedtide
