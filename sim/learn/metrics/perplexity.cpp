// Perplexity: exp of the mean loss of a label, in nats; classes, for a model that knows nothing.

#include <cmath>
#include <limits>

#include "sim/learn/metrics/metric.h"

namespace fedtide {
namespace {

class Perplexity final : public Tally {
 public:
  void add(const Predictions& p) override { score_ += p.score; }
  void merge(const Tally& later) override { score_ += static_cast<const Perplexity&>(later).score_; }
  double value() const override {
    return score_.count > 0 ? std::exp(score_.loss()) : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  Score score_;
};

}  // namespace

std::vector<Metric> likelihood_metrics() {
  return {{About{"perplexity", "exp of the mean test loss", "Jelinek et al. 1977"}, &needs_labels,
           [](const InputShape&) -> std::unique_ptr<Tally> { return std::make_unique<Perplexity>(); }}};
}

}  // namespace fedtide
