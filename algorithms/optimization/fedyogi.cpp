// FedYogi: Yogi on the server, whose v changes by no more than its share of Delta^2.
// Reddi et al.: Adaptive Federated Optimization. ICLR 2021, algorithm 2; the frame is in adaptive_server.h.
//
//   v_t <- v_{t-1} - (1 - beta_2) Delta_t^2 sign(v_{t-1} - Delta_t^2)

#include "algorithms/optimization/adaptive_server.h"

namespace {
using namespace fedtide;

struct FedYogi : AdaptiveServerSpec {
  double beta2 = 0.99;

  static FedYogi read(Section& s) {
    FedYogi p;
    p.read_shared(s, 0.01, 0.9);
    p.beta2 = read_beta2(s);
    return p;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    const T taken = static_cast<T>(1 - beta2);
    return adaptive_server<T>(*this, size, [=](T v, T delta) {
      const T square = delta * delta;
      const T sign = static_cast<T>((v > square) - (v < square));
      return v - taken * square * sign;
    });
  }
};

const RegisterAlgorithm<FedYogi> entry{{"fedyogi", "Yogi on the server", "Reddi et al., ICLR 2021"}};

}  // namespace
