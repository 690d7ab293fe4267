// FedAdagrad: Adagrad on the server. Reddi et al.: Adaptive Federated Optimization. ICLR 2021, algorithm 2; the frame
// is in adaptive_server.h.
//
//   v_t <- v_{t-1} + Delta_t^2
//
// The paper's experiments with it have beta_1 = 0.

#include "algorithms/optimization/adaptive_server.h"

namespace {
using namespace fedtide;

struct FedAdagrad : AdaptiveServerSpec {
  static FedAdagrad read(Section& s) {
    FedAdagrad p;
    p.read_shared(s, 0.1, 0);
    return p;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return adaptive_server<T>(*this, size, [](T v, T delta) { return v + delta * delta; });
  }
};

const RegisterAlgorithm<FedAdagrad> entry{{"fedadagrad", "Adagrad on the server", "Reddi et al., ICLR 2021"}};

}  // namespace
