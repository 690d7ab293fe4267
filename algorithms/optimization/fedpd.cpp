// FedPD: the primal-dual method; each client keeps the multiplier of its constraint x_i = x_0.
// Zhang, Hong, Dhople, Yin, Liu: FedPD: A Federated Learning Framework With Adaptivity to Non-IID Data. IEEE
// Transactions on Signal Processing 69, 2021 (arXiv 2005.11418), algorithm 1 with communication in every round (p = 0).
//
//   client i:  x_i <- argmin of f_i(x) + <lambda_i, x - x_0> + (1 / (2 eta)) ||x - x_0||^2, by SGD with rate eta_1:
//              x <- x - eta_1 (grad f_i(x) + lambda_i + (x - x_0) / eta)
//              lambda_i <- lambda_i + (x_i - x_0) / eta
//              sends x_i + eta lambda_i
//   server:    x_0 <- (1 / N) sum_i (x_i + eta lambda_i)
//
// lambda_i is 0 at first. The paper has all clients take part in every round; with fewer the mean is over those. Where
// all do it is FedDyn with alpha = 1 / eta.

#include "algorithms/optimization/spring.h"

namespace {
using namespace fedtide;

template <class T>
class FedPdClient final : public ClientHalf<T> {
 public:
  explicit FedPdClient(double eta) : eta_(static_cast<T>(eta)) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    Vector<T> lambda_i = in.state ? *in.state : Vector<T>::Zero(in.global.size());
    LoadedSpring<T> lagrangian(1 / eta_, in.global, lambda_i);
    ClientOutput<T> out = train_locally(in, &lagrangian);
    lambda_i += out.delta / eta_;
    for (const Stretch& s : trained_stretches(in.model.layout())) {
      out.delta.segment(s.begin, s.size) += eta_ * lambda_i.segment(s.begin, s.size);
    }
    out.state = std::make_shared<const Vector<T>>(std::move(lambda_i));
    return out;
  }

 private:
  T eta_;
};

/// A mean over clients.
template <class T>
class FedPdServer final : public ServerHalf<T> {
 public:
  double weight(const Report&, const ClientOutput<T>&) const override { return 1; }
};

struct FedPd : MethodDefaults {
  double eta = 1;

  static FedPd read(Section& s) {
    FedPd p;
    p.eta = s.real("eta", {.fallback = 1.0,
                           .bounds = positive(),
                           .help = "the greater, the further a client goes from the model it was sent",
                           .source = "Zhang et al. 2021, arXiv 2005.11418"});
    return p;
  }
  Traits traits() const { return {.stateful = true}; }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const {
    return {std::make_unique<FedPdClient<T>>(eta), std::make_unique<FedPdServer<T>>()};
  }
};

const RegisterAlgorithm<FedPd> entry{
    {"fedpd", "primal-dual: a multiplier for each client", "Zhang et al., IEEE TSP 2021"}};

}  // namespace
