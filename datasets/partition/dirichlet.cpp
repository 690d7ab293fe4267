// Dirichlet: each client has its own mix of classes, all have the same size.
// Hsu, Qi, Brown: Measuring the effects of non-identical data distribution for federated visual classification. 2019
// (arXiv 1909.06335), section 3.
//
// Rule: client i draws its mix q_i ~ Dir(alpha p), where p is the mix of the whole data set, and then its samples one
// by one: a class by q_i, and the next sample of that class. Nothing is put back; when a class has run out, q_i goes on
// over the classes that are left, renormalized. alpha is the total concentration, so that Var(q_k) = p_k (1 - p_k) /
// (alpha + 1): alpha to infinity is IID, alpha to 0 one class a client. (Papers that give a concentration for each
// class write alpha / classes.) Since every sample is handed out, the last clients get what is left.
//
// `sizes` says how many samples each client gets: equal ones as in the paper, or uneven ones, drawn apart from the mix
// (Acar et al.: Federated learning based on dynamic regularization. ICLR 2021, arXiv 2111.04263; FedLab's
// "unbalanced Dirichlet"). With `sharing`, every client draws from all samples, so that none has to make do with what
// is left, and clients may outnumber samples.

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "datasets/partition/common.h"
#include "datasets/partition/mix.h"
#include "datasets/partition/sizes.h"
#include "datasets/partition/urn.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kDrawTurn = 1;  // turn 0 shuffles the classes

class Dirichlet final : public Partitioner {
 public:
  Dirichlet(double alpha, Sizing sizing) : alpha_(alpha), sizing_(std::move(sizing)) {}

  bool needs_labels() const override { return true; }
  bool shares() const override { return sizing_.sharing(); }
  Shards partition(const PartitionInput& in) const override {
    require_labels("dirichlet", in.labels);
    const std::vector<std::uint32_t> sizes = sizing_.sizes(in);
    ClassPools pools(in.labels, in.classes);
    if (sizing_.sharing()) return share(pools, sizes, in);
    pools.shuffle_each(in.seed);
    const std::vector<double> concentration = concentrations(pools, in.samples);
    std::vector<std::uint32_t> used(pools.classes());

    Shards shards;
    std::vector<std::uint32_t> mine;
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
  Shards share(const ClassPools& pools, std::span<const std::uint32_t> sizes, const PartitionInput& in) const {
    Shards shards = room_for(sizes);
    Urn urn(in.labels, pools, alpha_);
    std::vector<std::uint32_t> mine;
    for (std::uint32_t client = 0; client < in.clients; ++client) {
      Stream stream(in.seed, Purpose::partition, client, kDrawTurn);
      urn.draw(stream, sizes[client], mine);
      append_sorted(shards, mine);
    }
    return shards;
  }

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
  Sizing sizing_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const double alpha =
      section.real("alpha", {std::nullopt, positive(),
                             "total concentration: small is one class a client, large is the same mix for all",
                             "Hsu, Qi, Brown 2019, arXiv 1909.06335"});
  return std::make_unique<Dirichlet>(alpha, Sizing::read(section, "equal", 1));
}

const Registration<PartitionEntry> entry{
    {{"dirichlet", "each client's mix of classes drawn from Dir(alpha p)", "Hsu, Qi, Brown 2019, arXiv 1909.06335"},
     read}};

}  // namespace
}  // namespace fedtide
