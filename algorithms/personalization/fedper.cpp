// FedPer: the last layers are each client's own, the base layers are everybody's.
// Arivazhagan, Aggarwal, Singh, Choudhary: Federated Learning with Personalization Layers. 2019 (arXiv 1912.00818),
// algorithms 1 and 2.
//
//   client j:  (W_B, W_Pj) <- SGD on F_j from (W_B of the server, its own W_Pj), both parts at once; sends W_B
//   server:    W_B <- sum_j (n_j / n) W_B,j
//
// W_P is the last K_P layers and whatever the model itself calls personal.

#include "algorithms/personalization/kept_part.h"

namespace {
using namespace fedtide;

struct FedPer : KeptPartDefaults {
  std::int64_t layers = 1;

  static FedPer read(Section& s) {
    FedPer p;
    p.layers = s.whole("personal_layers", {.fallback = 1,
                                           .bounds = between(0, 1e6),
                                           .help = "K_P, the last layers with weights, which are the client's own",
                                           .source = "Arivazhagan et al. 2019: the classifier, and blocks before it"});
    return p;
  }
  std::string misfit(const Layout& layout) const { return unless_layers(layout, "personal_layers", layers); }
  std::vector<Stretch> kept(const Layout& layout) const { return last_layers(layout, layers); }
};

const RegisterAlgorithm<FedPer> entry{
    {"fedper", "the last layers are each client's own", "Arivazhagan et al., 2019 (arXiv 1912.00818)"}};

}  // namespace
