// LG-FedAvg: each client learns a representation of its own, in the first layers; the layers above it are everybody's.
// Liang, Liu, Ziyin, Allen, Auerbach, Brent, Salakhutdinov, Morency: Think Locally, Act Globally: Federated Learning
// with Local and Global Representations. 2020 (arXiv 2001.01523), algorithm 1.
//
//   client m:  (theta_l,m, theta_g) <- SGD on F_m, both parts at once; sends theta_g
//   server:    theta_g <- sum_m (n_m / n) theta_g,m
//
// The paper's optional auxiliary losses on the representation are left out.

#include "algorithms/personalization/kept_part.h"

namespace {
using namespace fedtide;

struct LgFedAvg : KeptPartDefaults {
  std::int64_t layers = 1;

  static LgFedAvg read(Section& s) {
    LgFedAvg p;
    p.layers = s.whole("local_layers", {.fallback = 1,
                                        .bounds = between(0, 1e6),
                                        .help = "the first layers with weights, which are the client's own",
                                        .source = "Liang et al. 2020 choose it for each model"});
    return p;
  }
  std::string misfit(const Layout& layout) const { return unless_layers(layout, "local_layers", layers); }
  std::vector<Stretch> kept(const Layout& layout) const {
    std::vector<std::string> all = layers_of(layout);
    all.resize(std::min(all.size(), static_cast<std::size_t>(layers)));
    return stretches_of(layout, [&](const WeightRange& range) {
      return range.part == Part::personal || std::find(all.begin(), all.end(), layer_of(range)) != all.end();
    });
  }
};

const RegisterAlgorithm<LgFedAvg> entry{
    {"lg_fedavg", "the first layers are each client's own", "Liang et al., 2020 (arXiv 2001.01523)"}};

}  // namespace
