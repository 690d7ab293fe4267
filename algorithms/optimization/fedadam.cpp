// FedAdam: Adam on the server. Reddi et al.: Adaptive Federated Optimization. ICLR 2021, algorithm 2; the frame is in
// adaptive_server.h.
//
//   v_t <- beta_2 v_{t-1} + (1 - beta_2) Delta_t^2

#include "algorithms/optimization/adaptive_server.h"

namespace {
using namespace fedtide;

struct FedAdam : AdaptiveServerSpec {
  double beta2 = 0.99;

  static FedAdam read(Section& s) {
    FedAdam p;
    p.read_shared(s, 0.01, 0.9);
    p.beta2 = read_beta2(s);
    return p;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    const T kept = static_cast<T>(beta2), taken = static_cast<T>(1 - beta2);
    return adaptive_server<T>(*this, size, [=](T v, T delta) { return kept * v + taken * delta * delta; });
  }
};

const RegisterAlgorithm<FedAdam> entry{{"fedadam", "Adam on the server", "Reddi et al., ICLR 2021"}};

}  // namespace
