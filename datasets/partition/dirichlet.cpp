// Dirichlet: each client has its own mix of classes, all have the same size.
// Hsu, Qi, Brown: Measuring the effects of non-identical data distribution for federated visual classification. 2019
// (arXiv 1909.06335), section 3.
//
// Rule: client i draws its mix q_i ~ Dir(alpha p), where p is the mix of the whole data set, and then its samples one
// by one: a class by q_i, and the next sample of that class. Nothing is put back; when a class has run out, q_i goes on
// over the classes that are left, renormalized. alpha is the total concentration, so that Var(q_k) = p_k (1 - p_k) /
// (alpha + 1): alpha to infinity is IID, alpha to 0 one class a client. (Papers that give a concentration for each
// class write alpha / classes.) Since every sample is handed out, the last clients get what is left.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kDrawTurn = 1;  // turn 0 shuffles the classes

/// One client's mix, kept in logarithms: for a tiny alpha all shares but one are 0, and still have an order among
/// themselves.
class Mix {
 public:
  Mix(Stream& stream, std::span<const double> concentration) : log_share_(concentration.size(), kNone) {
    for (std::size_t k = 0; k < concentration.size(); ++k) {
      if (concentration[k] > 0) log_share_[k] = log_gamma_draw(stream, concentration[k]);
    }
    cumulative_.resize(concentration.size());
  }
  void exclude(std::size_t k) { log_share_[k] = kNone; }
  /// To be called after exclusions, with at least one class left.
  void normalize() {
    const double largest = *std::max_element(log_share_.begin(), log_share_.end());
    double sum = 0;
    for (std::size_t k = 0; k < log_share_.size(); ++k) {
      if (log_share_[k] != kNone) sum += std::exp(log_share_[k] - largest);
      cumulative_[k] = sum;
    }
  }
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

class Dirichlet final : public Partitioner {
 public:
  explicit Dirichlet(double alpha) : alpha_(alpha) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("dirichlet", in);
    ClassPools pools(in.labels, in.classes);
    pools.shuffle_each(in.seed);
    const std::vector<double> concentration = concentrations(pools, in.samples);
    std::vector<std::uint32_t> used(pools.classes());

    Shards shards;
    std::vector<std::uint32_t> mine;
    const std::vector<std::uint32_t> sizes = equal_sizes(in.samples, in.clients);
    for (std::uint32_t client = 0; client < in.clients; ++client) {
      Stream stream(in.seed, Purpose::partition, client, kDrawTurn);
      Mix mix(stream, concentration);
      for (std::uint32_t k = 0; k < pools.classes(); ++k) {
        if (used[k] == pools.size(k)) mix.exclude(k);
      }
      mix.normalize();
      mine.clear();
      while (mine.size() < sizes[client]) {
        const auto k = static_cast<std::uint32_t>(mix.draw(stream));
        mine.push_back(pools.of(k)[used[k]++]);
        if (used[k] == pools.size(k) && mine.size() < sizes[client]) {
          mix.exclude(k);
          mix.normalize();
        }
      }
      append_sorted(shards, mine);
    }
    return shards;
  }

 private:
  /// alpha p; 0 only for a class without samples.
  std::vector<double> concentrations(const ClassPools& pools, std::size_t samples) const {
    std::vector<double> all(pools.classes());
    for (std::uint32_t k = 0; k < pools.classes(); ++k) {
      const double share = static_cast<double>(pools.size(k)) / static_cast<double>(samples);
      if (share > 0) all[k] = std::max(alpha_ * share, std::numeric_limits<double>::min());
    }
    return all;
  }

  double alpha_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const double alpha =
      section.real("alpha", {std::nullopt, positive(),
                             "total concentration: small is one class a client, large is the same mix for all",
                             "Hsu, Qi, Brown 2019, arXiv 1909.06335"});
  return std::make_unique<Dirichlet>(alpha);
}

const Registration<PartitionEntry> entry{
    {{"dirichlet", "each client's mix of classes drawn from Dir(alpha p), equal sizes",
      "Hsu, Qi, Brown 2019, arXiv 1909.06335"},
     read}};

}  // namespace
}  // namespace fedtide
