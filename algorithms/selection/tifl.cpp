// TiFL, with a fixed probability of each tier.
// Chai, Ali, Zawad, Truex, Anwar, Baracaldo, Zhou, Ludwig, Yan, Cheng: TiFL: A Tier-based Federated Learning System.
// HPDC 2020, sections 4.2 and 4.3.
//
//   profiling  clients are sorted by response latency and divided into m tiers, as equal in number as may be
//   selection  each round a tier is drawn, tier t with probability p_t, and |C| clients uniformly from that tier
//
// So nobody waits for a client that is much slower than itself, and a tier of p_t = 0 never takes part. The latency is
// what the server expects of a turn by the device's and link's figures. A tier of which nobody is eligible is not
// drawn. The paper's adaptive p_t need each tier's test accuracy and are not here.
//
// It looks at all clients at its first selection, later at those of one tier.

#include <algorithm>
#include <numeric>

#include "sim/base/distributions.h"
#include "sim/federation/selector.h"

namespace {
using namespace fedtide;

class Tifl final : public Selector {
 public:
  explicit Tifl(std::vector<double> p) : p_(std::move(p)) {}

  std::vector<ClientId> select(const Candidates& candidates, std::uint32_t count, Stream stream) override {
    if (tiers_.empty()) profile(candidates);
    std::vector<double> left = p_;
    while (std::accumulate(left.begin(), left.end(), 0.0) > 0) {
      const std::size_t tier = categorical(stream, left);
      std::vector<ClientId> chosen;
      for (const ClientId client : tiers_[tier]) {
        if (candidates.eligible(client)) chosen.push_back(client);
      }
      shuffle(stream, std::span(chosen));
      if (chosen.size() > count) chosen.resize(count);
      if (!chosen.empty()) return chosen;
      left[tier] = 0;
    }
    return {};
  }

  CohortSampling sampling(std::uint32_t count, std::uint32_t population) const override {
    return {CohortSampling::Scheme::other, static_cast<double>(count) / population};
  }

 private:
  void profile(const Candidates& candidates) {
    std::vector<std::pair<Duration, std::uint32_t>> latency(candidates.population());
    for (std::uint32_t client = 0; client < latency.size(); ++client) {
      latency[client] = {candidates.view(ClientId{client}).estimated, client};
    }
    std::sort(latency.begin(), latency.end());
    tiers_.resize(p_.size());
    for (std::size_t i = 0; i < latency.size(); ++i) {
      tiers_[i * p_.size() / latency.size()].push_back(ClientId{latency[i].second});
    }
  }

  std::vector<double> p_;
  std::vector<std::vector<ClientId>> tiers_;  // the fastest first
};

const Registration<SelectorEntry> entry{
    {{"tifl", "a cohort of one tier of clients of like speed", "Chai et al., HPDC 2020"},
     [](Section& s) -> std::unique_ptr<Selector> {
       std::vector<double> p = s.reals("probabilities", {0.2, 0.2, 0.2, 0.2, 0.2},
                                       {.fallback = {},
                                        .bounds = between(0, 1),
                                        .help = "p_t of each tier, the fastest first; as many as there are tiers. The "
                                                "paper's policies: uniform, fast (1, 0, 0, 0, 0), random (0.7, 0.1, "
                                                "0.1, 0.05, 0.05), slow (0, 0, 0, 0, 1)",
                                        .source = "Chai et al. 2020, table 1"});
       const double sum = std::accumulate(p.begin(), p.end(), 0.0);
       if (std::abs(sum - 1) > 1e-6 && !s.describing())
         s.reject("probabilities", fmt::format("must sum to 1, sum to {:g}", sum));
       return std::make_unique<Tifl>(std::move(p));
     }}};

}  // namespace
