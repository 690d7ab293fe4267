// A number of labels a client: "#C=k".
// Li, Diao, Chen, He: Federated learning on Non-IID data silos: an experimental study. ICDE 2022 (arXiv 2102.02079),
// "NIID-Bench", noniid-#labelk.
//
// Rule: client i holds class i mod K and k - 1 random others of the K classes; the shuffled samples of a class are cut
// into equal parts for its holders, the first ones getting one more where they do not divide. Every client has exactly
// k labels; sizes differ with the number of holders.

#include <memory>

#include "datasets/partition/holders.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

class LabelCount final : public Partitioner {
 public:
  explicit LabelCount(std::uint32_t labels) : labels_(labels) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("label_count", in.labels);
    require_samples(in);
    ClassPools pools(in.labels, in.classes);
    const Holders holders = draw_holders(pools, labels_, in.clients, in.seed);
    holders.require_enough("label_count", pools, 1);
    pools.shuffle_each(in.seed);
    return holders.hand_out(pools, in.clients, [&](std::uint32_t k, std::uint32_t size) {
      return equal_sizes(size, static_cast<std::uint32_t>(holders.of(k).size()));
    });
  }

 private:
  std::uint32_t labels_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const std::int64_t labels = section.whole(
      "labels_per_client",
      {2, between(1, 1e9), "how many labels a client has, exactly", "Li, Diao, Chen, He 2022, arXiv 2102.02079"});
  return std::make_unique<LabelCount>(static_cast<std::uint32_t>(labels));
}

const Registration<PartitionEntry> entry{
    {{"label_count", "a fixed number of labels at each client (#C=k), classes cut equally among their holders",
      "Li, Diao, Chen, He 2022, arXiv 2102.02079 (NIID-Bench)"},
     read}};

}  // namespace
}  // namespace fedtide
