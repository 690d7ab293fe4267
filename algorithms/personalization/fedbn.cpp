// FedBN: normalization layers, their statistics included, stay at the clients.
// Li, Jiang, Zhang, Kamp, Dou: FedBN: Federated Learning on Non-IID Features via Local Batch Normalization. ICLR 2021,
// algorithm 1.
//
//   client k:  SGD on F_k over all layers; sends those that do not normalize
//   server:    w_l <- sum_k (n_k / n) w_l,k for each layer l that does not normalize
//
// Whatever else the model calls personal stays too. A model that has nothing of both is trained by FedAvg.

#include "algorithms/personalization/kept_part.h"

namespace {
using namespace fedtide;

struct FedBn : KeptPartDefaults {
  static FedBn read(Section&) { return {}; }
  std::vector<Stretch> kept(const Layout& layout) const {
    return stretches_of(layout, [](const WeightRange& range) { return range.part != Part::trainable; });
  }
};

const RegisterAlgorithm<FedBn> entry{{"fedbn", "normalization layers are each client's own", "Li et al., ICLR 2021"}};

}  // namespace
