// TERM over clients: the mean of their changes is tilted towards those with a larger loss.
// Li, Beirami, Sanjabi, Smith: Tilted Empirical Risk Minimization. ICLR 2021; the objective is (1 / t) log sum_k p_k
// exp(t F_k(w)), p_k = n_k / n, whose gradient is the mean of the clients' with weights as p_k exp(t F_k(w)).
//
//   client k:  F_k = F_k(w_t), and w_k from w_t as in FedAvg
//   server:    w_{t+1} = w_t + sum_k a_k (w_k - w_t) / sum_k a_k,  a_k = n_k exp(t F_k)
//
// t = 0 is FedAvg. t < 0 turns away from clients with a large loss.

#include <algorithm>
#include <cmath>

#include "algorithms/fairness/client_loss.h"

namespace {
using namespace fedtide;

template <class T>
class TermServer final : public ServerHalf<T> {
 public:
  explicit TermServer(double t) : t_(t) {}
  double weight(const Report& report, const ClientOutput<T>& output) const override {
    constexpr double kMostExponent = 600;  // a sum of such weights is finite still
    const double exponent = std::clamp(t_ * static_cast<double>(output.extra[0]), -kMostExponent, kMostExponent);
    return static_cast<double>(report.samples) * std::exp(exponent);
  }

 private:
  double t_;
};

struct Term : MethodDefaults {
  double t = 1;

  static Term read(Section& s) {
    Term p;
    p.t = s.real("t", {.fallback = 1.0,
                       .bounds = between(-1e6, 1e6),
                       .help = "tilt: 0 is FedAvg, large is the worst client's loss",
                       .source = "Li et al. 2021 use 0.1 in federated learning, and up to 100 elsewhere"});
    return p;
  }
  Traits traits() const { return {.extra_passes = kForwardPass, .extra_scalars = 1}; }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const {
    return {std::make_unique<LossClient<T>>(), std::make_unique<TermServer<T>>(t)};
  }
};

const RegisterAlgorithm<Term> entry{
    {"term", "the mean is tilted to clients with a larger loss", "Li et al., ICLR 2021"}};

}  // namespace
