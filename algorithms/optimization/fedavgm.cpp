// FedAvgM: FedAvg with momentum on the server.
// Hsu, Qi, Brown: Measuring the Effects of Non-Identical Data Distribution for Federated Visual Classification.
// arXiv 1909.06335, 2019, section 3.3.
//
//   Delta_t = sum_k (n_k / n) (w^k - w_t), the mean of the clients' changes, as in FedAvg
//   server:    v_t <- beta v_{t-1} + Delta_t,  v_{-1} = 0
//              w_{t+1} <- w_t + eta v_t;  with nesterov  w_{t+1} <- w_t + eta (Delta_t + beta v_t)
//
// beta = 0, eta = 1 is FedAvg. The paper leaves eta at 1.

#include "algorithms/optimization/server_step.h"

namespace {
using namespace fedtide;

const char* const kPaper = "Hsu et al. 2019, arXiv 1909.06335";

struct FedAvgM : MethodDefaults {
  double beta = 0.9;
  bool nesterov = false;
  ServerRate eta;

  static FedAvgM read(Section& s) {
    FedAvgM p;
    p.beta = s.real("beta", {.fallback = 0.9,
                             .bounds = {.low = 0, .high = 1, .high_open = true},
                             .help = "momentum; 0 is FedAvg",
                             .source = "Hsu et al. 2019 use 0.7, 0.9, 0.97, 0.99 and 0.997"});
    p.nesterov = s.flag("nesterov", {.fallback = false,
                                     .help = "looks ahead: w <- w + eta (Delta + beta v)",
                                     .source = "the authors' code, after Sutskever et al. 2013"});
    p.eta = ServerRate::read(s, 1.0, kPaper);
    return p;
  }
  Traits traits() const { return {.server_per_weight = 1}; }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const;
};

template <class T>
class FedAvgMServer final : public ServerHalf<T> {
 public:
  FedAvgMServer(const FedAvgM& p, const ProblemSize& size)
      : p_(p), statistics_(size.statistics), v_(Vector<T>::Zero(size.d)) {}

  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override {
    const Vector<T>& delta = aggregate.mean;
    const T beta = static_cast<T>(p_.beta);
    const T eta = static_cast<T>(p_.eta.at(t_++));
    v_ = beta * v_ + delta;
    take_step<T>(w, p_.nesterov ? Vector<T>(eta * (delta + beta * v_)) : Vector<T>(eta * v_), delta, statistics_);
  }
  void visit_state(StateVisitor& state) override {
    state.visit("v", v_);
    state.visit("t", t_);
  }

 private:
  FedAvgM p_;
  std::vector<Stretch> statistics_;
  Vector<T> v_;
  std::int64_t t_ = 0;
};

template <class T>
Algorithm<T> FedAvgM::make(const ProblemSize& size) const {
  return {std::make_unique<PlainClient<T>>(), std::make_unique<FedAvgMServer<T>>(*this, size)};
}

const RegisterAlgorithm<FedAvgM> entry{{"fedavgm", "FedAvg with momentum on the server", kPaper}};

}  // namespace
