// q-FFL by q-FedAvg: clients with a larger loss pull harder, and the step follows an estimate of the curvature.
// Li, Sanjabi, Beirami, Smith: Fair Resource Allocation in Federated Learning. ICLR 2020, algorithm 2.
//
//   client k:  F_k = F_k(w^t), and w_k from w^t as in FedAvg;  L = 1 / eta
//              Dw_k = L (w^t - w_k);  D_k = F_k^q Dw_k;  h_k = q F_k^(q-1) ||Dw_k||^2 + L F_k^q
//   server:    w^{t+1} = w^t - sum D_k / sum h_k
//
// Both sums divided by L: the client sends w_k - w^t, F_k^q and h_k / L. q = 0 is FedAvg with equal weights. As in the
// authors' code, F_k is raised by 1e-10, so that no client that has learned all divides by 0.

#include <cmath>

#include "algorithms/fairness/client_loss.h"
#include "algorithms/optimization/gradient_steps.h"
#include "algorithms/optimization/server_step.h"

namespace {
using namespace fedtide;

template <class T>
class QFflClient final : public ClientHalf<T> {
 public:
  QFflClient(double q, const ProblemSize& size) : q_(q), statistics_(size.statistics) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    const double f = static_cast<double>(loss_of_sent(in)) + 1e-10;
    ClientOutput<T> out = train_locally(in);
    const double lipschitz = 1 / in.solver.lr_at(in.round);
    const double by_q = std::pow(f, q_);
    out.extra.resize(2);
    out.extra[0] = static_cast<T>(by_q);
    out.extra[1] = static_cast<T>(q_ * std::pow(f, q_ - 1) * lipschitz * squared_norm(out.delta, statistics_) + by_q);
    return out;
  }

 private:
  double q_;
  std::vector<Stretch> statistics_;
};

template <class T>
class QFflServer final : public ServerHalf<T> {
 public:
  explicit QFflServer(const ProblemSize& size) : statistics_(size.statistics) {}

  double weight(const Report&, const ClientOutput<T>& output) const override {
    return static_cast<double>(output.extra[0]);
  }
  void absorb(const ClientOutput<T>& output, const Report&) override { h_ += static_cast<double>(output.extra[1]); }
  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override {
    const T part = static_cast<T>(aggregate.total_weight / h_);
    h_ = 0;
    take_step<T>(w, part * aggregate.mean, aggregate.mean, statistics_);
  }
  void visit_state(StateVisitor& state) override { state.visit("h", h_); }

 private:
  std::vector<Stretch> statistics_;
  double h_ = 0;  // sum of h_k / L
};

struct QFfl : MethodDefaults {
  double q = 1;

  static QFfl read(Section& s) {
    QFfl p;
    p.q = s.real("q", {.fallback = 1.0,
                       .bounds = non_negative(),
                       .help = "how much fairness: 0 is FedAvg with equal weights, infinity the worst client's loss",
                       .source = "Li et al. 2020 use 0.001 to 15"});
    return p;
  }
  Traits traits() const { return {.extra_passes = kForwardPass, .extra_scalars = 2}; }
  std::string objection(const SolverSpec& given) const {
    return unless_gradient_steps(given, "1 / lr does not estimate the curvature along the step");
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<QFflClient<T>>(q, size), std::make_unique<QFflServer<T>>(size)};
  }
};

const RegisterAlgorithm<QFfl> entry{{"qffl", "clients with a larger loss pull harder", "Li et al., ICLR 2020"}};

}  // namespace
