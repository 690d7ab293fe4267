// Poisson sampling: every client is selected on its own with probability q = cohort / population.
// McMahan, Ramage, Talwar, Zhang: Learning Differentially Private Recurrent Language Models. ICLR 2018: "select each
// user independently with probability q". Differential privacy by amplification assumes it.

#include "sim/base/distributions.h"
#include "sim/federation/selector.h"

namespace {
using namespace fedtide;

class Poisson final : public Selector {
 public:
  std::vector<ClientId> select(const Candidates& candidates, std::uint32_t count, Stream stream) override {
    const double q = sampling(count, candidates.population()).rate;
    std::vector<ClientId> chosen;
    for (const std::uint32_t client : bernoulli_subset(stream, candidates.population(), q)) {
      if (candidates.eligible(ClientId{client})) chosen.push_back(ClientId{client});
    }
    return chosen;
  }

  CohortSampling sampling(std::uint32_t count, std::uint32_t population) const override {
    return {CohortSampling::Scheme::poisson, std::min(1.0, static_cast<double>(count) / population)};
  }
};

const Registration<SelectorEntry> entry{
    {{"poisson", "each client on its own with probability cohort / population", "McMahan et al., ICLR 2018"},
     [](Section&) -> std::unique_ptr<Selector> { return std::make_unique<Poisson>(); }}};

}  // namespace
