// FedProx: a spring that ties each client to the model it was sent.
// Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith: Federated Optimization in Heterogeneous Networks. MLSys 2020,
// algorithm 2.
//
//   client k:  minimizes h_k(w; w_t) = F_k(w) + (mu / 2) ||w - w_t||^2 by SGD:
//              w <- w - eta (grad F_k(w) + mu (w - w_t))
//   server:    w_{t+1} <- weighted mean of the clients' w, as FedAvg (weights n_k, as the authors' code has it)

#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

template <class T>
class Spring final : public StepHook<T> {
 public:
  Spring(T mu, const Vector<T>& w_t) : mu_(mu), w_t_(w_t) {}
  void add(const Vector<T>& w, T eta, std::int64_t, Vector<T>& step) override { step -= (eta * mu_) * (w - w_t_); }

 private:
  T mu_;
  const Vector<T>& w_t_;
};

template <class T>
class FedProxClient final : public ClientHalf<T> {
 public:
  explicit FedProxClient(double mu) : mu_(static_cast<T>(mu)) {}
  ClientOutput<T> train(const ClientInput<T>& in) const override {
    Spring<T> spring(mu_, in.global);
    return train_locally(in, &spring);
  }

 private:
  T mu_;
};

struct FedProx : MethodDefaults {
  double mu = 0.01;

  static FedProx read(Section& s) {
    FedProx p;
    p.mu = s.real("mu", {.fallback = 0.01,
                         .bounds = non_negative(),
                         .help = "weight of the proximal term; 0 is FedAvg",
                         .source = "Li et al. 2020 use 0.001 to 1"});
    return p;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const {
    return {std::make_unique<FedProxClient<T>>(mu), std::make_unique<ServerHalf<T>>()};
  }
};

const RegisterAlgorithm<FedProx> entry{{"fedprox", "proximal term against client drift", "Li et al., MLSys 2020"}};

}  // namespace
