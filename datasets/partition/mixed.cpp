// Mixed: few labels a client, and uneven shares of them.
// Li, Diao, Chen, He: Federated learning on Non-IID data silos: an experimental study. ICDE 2022 (arXiv 2102.02079),
// "NIID-Bench", mixed skews: label skew together with quantity skew.
//
// Rule: as label_count, client i holds class i mod K and k - 1 random others; the samples of a class are shared among
// its holders by Dir(alpha, .., alpha), at least one to each. Label skew with noise on the features is any partition
// together with data.shift.

#include <algorithm>
#include <cmath>
#include <memory>

#include "datasets/partition/holders.h"
#include "datasets/partition/sizes.h"
#include "sim/base/distributions.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kSharesTurn = 2;  // turn 0 shuffles the classes, turn 1 draws who holds them

class Mixed final : public Partitioner {
 public:
  Mixed(std::uint32_t labels, double alpha) : labels_(labels), alpha_(alpha) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("mixed", in.labels);
    require_samples(in);
    ClassPools pools(in.labels, in.classes);
    const Holders holders = draw_holders(pools, labels_, in.clients, in.seed);
    holders.require_enough("mixed", pools, 1);
    pools.shuffle_each(in.seed);
    return holders.hand_out(pools, in.clients, [&](std::uint32_t k, std::uint32_t size) {
      Stream stream(in.seed, Purpose::partition, k, kSharesTurn);
      std::vector<double> alpha(holders.of(k).size(), alpha_);
      std::vector<double> share(alpha.size());
      dirichlet(stream, alpha, share);
      return apportion(share, size, 1);
    });
  }

 private:
  std::uint32_t labels_;
  double alpha_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const std::int64_t labels = section.whole("labels_per_client", {2, between(1, 1e9), "how many labels a client has",
                                                                  "Li, Diao, Chen, He 2022, arXiv 2102.02079"});
  const double alpha =
      section.real("alpha", {0.5, positive(), "concentration of the shares of a class among its holders",
                             "Li, Diao, Chen, He 2022, arXiv 2102.02079"});
  return std::make_unique<Mixed>(static_cast<std::uint32_t>(labels), alpha);
}

const Registration<PartitionEntry> entry{
    {{"mixed", "a fixed number of labels at each client, classes shared by Dir(alpha) among their holders",
      "Li, Diao, Chen, He 2022, arXiv 2102.02079 (NIID-Bench)"},
     read}};

}  // namespace
}  // namespace fedtide
