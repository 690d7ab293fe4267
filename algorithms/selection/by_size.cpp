// Selection by size: clients are drawn one after the other in proportion to their samples, each at most once.
// Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith: Federated Optimization in Heterogeneous Networks. MLSys 2020,
// algorithm 2: "each device k is chosen with probability p_k". Efraimidis, Spirakis: Weighted random sampling with a
// reservoir. Information Processing Letters 97, 2006: those with the smallest Exp(1) / n_k are such a draw.
//
// It looks at all clients: O(population) a selection. A mean weighted by samples counts large clients twice.

#include <algorithm>

#include "sim/base/distributions.h"
#include "sim/federation/selector.h"

namespace {
using namespace fedtide;

class BySize final : public Selector {
 public:
  std::vector<ClientId> select(const Candidates& candidates, std::uint32_t count, Stream stream) override {
    std::vector<std::pair<double, std::uint32_t>> keys;
    for (std::uint32_t client = 0; client < candidates.population(); ++client) {
      const double e = exponential(stream, 1.0);
      if (!candidates.eligible(ClientId{client})) continue;
      keys.emplace_back(e / static_cast<double>(candidates.view(ClientId{client}).samples), client);
    }
    const std::size_t wanted = std::min<std::size_t>(count, keys.size());
    std::partial_sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(wanted), keys.end());
    std::vector<ClientId> chosen;
    for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(ClientId{keys[i].second});
    return chosen;
  }

  CohortSampling sampling(std::uint32_t count, std::uint32_t population) const override {
    return {CohortSampling::Scheme::other, static_cast<double>(count) / population};
  }
};

const Registration<SelectorEntry> entry{
    {{"by_size", "in proportion to the clients' samples", "Li et al., MLSys 2020"},
     [](Section&) -> std::unique_ptr<Selector> { return std::make_unique<BySize>(); }}};

}  // namespace
