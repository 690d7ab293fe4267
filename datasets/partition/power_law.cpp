// Power law, the pathological split of FedProx: two labels a client, sizes over orders of magnitude.
// Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith: Federated optimization in heterogeneous networks. MLSys 2020 (arXiv
// 1812.06127), section 5.1 and its generator of MNIST for 1,000 clients.
//
// Rule: client u holds the labels (u + j) mod K, j < k; the paper has k = 2. Every holder of a label gets
// first_samples of it (5), and what is left is shared in proportion to draws of a log-normal distribution with sigma 2,
// one for each holder. The authors round shares down and leave out the rest (69,035 of 70,000 samples are handed out);
// here the rest goes to the largest remainders.

#include <memory>
#include <numeric>

#include "datasets/partition/holders.h"
#include "datasets/partition/sizes.h"
#include "sim/base/distributions.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kSharesTurn = 1;  // turn 0 shuffles the classes

class PowerLaw final : public Partitioner {
 public:
  PowerLaw(std::uint32_t labels, std::uint32_t first, double sigma) : labels_(labels), first_(first), sigma_(sigma) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("power_law", in.labels);
    require_samples(in);
    ClassPools pools(in.labels, in.classes);
    const Holders holders = consecutive(pools, in.clients);
    holders.require_enough("power_law", pools, first_);
    pools.shuffle_each(in.seed);
    return holders.hand_out(pools, in.clients, [&](std::uint32_t k, std::uint32_t size) {
      Stream stream(in.seed, Purpose::partition, k, kSharesTurn);
      const auto count = static_cast<std::uint32_t>(holders.of(k).size());
      std::vector<double> weights(count);
      for (double& w : weights) w = lognormal(stream, 0, sigma_);
      std::vector<std::uint32_t> counts = apportion(weights, size - first_ * count, 0);
      for (std::uint32_t& n : counts) n += first_;
      return counts;
    });
  }

 private:
  Holders consecutive(const ClassPools& pools, std::uint32_t clients) const {
    const std::vector<std::uint32_t> present = classes_with_samples(pools);
    require_classes(labels_, present.size());
    Holders holders(pools.classes());
    for (std::uint32_t client = 0; client < clients; ++client) {
      for (std::uint32_t j = 0; j < labels_; ++j) {
        holders.add(present[(std::uint64_t{client} + j) % present.size()], client);
      }
    }
    return holders;
  }

  std::uint32_t labels_;
  std::uint32_t first_;
  double sigma_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const char* source = "Li et al. 2020, arXiv 1812.06127";
  const std::int64_t labels =
      section.whole("labels_per_client", {2, between(1, 1e9), "how many labels a client has", source});
  const std::int64_t first = section.whole(
      "first_samples", {5, between(1, 1e9), "samples of each of its labels that every client has", source});
  const double sigma = section.real(
      "sigma", {2, between(0, 10), "standard deviation of the logarithm of what a client gets beyond them", source});
  return std::make_unique<PowerLaw>(static_cast<std::uint32_t>(labels), static_cast<std::uint32_t>(first), sigma);
}

const Registration<PartitionEntry> entry{{{"power_law", "two labels at each client, log-normal shares of them",
                                           "Li et al. 2020, arXiv 1812.06127 (FedProx)"},
                                          read}};

}  // namespace
}  // namespace fedtide
