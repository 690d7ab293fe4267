// FedNova: each client's change is divided by what its local steps amount to, so that many steps do not weigh more.
// Wang, Liu, Liang, Joshi, Poor: Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization.
// NeurIPS 2020 (arXiv 2007.07481), section 4; tau_eff as in the authors' code.
//
//   client i:  tau_i local steps; their gradients are in x_i with the weights -eta a_i:
//                ||a_i||_1 = tau_i                                                       SGD
//                          = (tau_i - rho (1 - rho^tau_i) / (1 - rho)) / (1 - rho)       with momentum rho
//                          = (1 - (1 - eta mu)^tau_i) / (eta mu)                         with (mu / 2) ||w - x||^2
//              d_i <- (x - x_i) / (eta ||a_i||_1)
//   server:    x <- x - tau_eff eta sum_i p_i d_i,  p_i = n_i / n
//                tau_eff = sum_i p_i ||a_i||_1, with the proximal term sum_i p_i tau_i

#include <cmath>

#include "algorithms/optimization/gradient_steps.h"
#include "algorithms/optimization/server_step.h"
#include "algorithms/optimization/spring.h"

namespace {
using namespace fedtide;

/// ||a_i||_1
double normalizer(std::int64_t steps, double rho, double eta_mu) {
  const auto tau = static_cast<double>(steps);
  if (rho != 0) return (tau - rho * (1 - std::pow(rho, tau)) / (1 - rho)) / (1 - rho);
  if (eta_mu != 0) return (1 - std::pow(1 - eta_mu, tau)) / eta_mu;
  return tau;
}

template <class T>
class FedNovaClient final : public ClientHalf<T> {
 public:
  explicit FedNovaClient(double mu) : mu_(mu) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    Spring<T> spring(static_cast<T>(mu_), in.global);
    ClientOutput<T> out = train_locally(in, mu_ == 0 ? nullptr : &spring);
    const std::int64_t tau = out.run.work.steps;
    const double a = normalizer(tau, in.solver.momentum, in.solver.lr_at(in.round) * mu_);
    out.extra = Vector<T>::Constant(1, static_cast<T>(mu_ == 0 ? a : static_cast<double>(tau)));
    if (tau == 0) return out;
    for (const Stretch& s : trained_stretches(in.model.layout())) {  // running statistics are no sum of gradients
      out.delta.segment(s.begin, s.size) /= static_cast<T>(a);       // -eta d_i
    }
    return out;
  }

 private:
  double mu_;
};

template <class T>
class FedNovaServer final : public ServerHalf<T> {
 public:
  explicit FedNovaServer(const ProblemSize& size) : statistics_(size.statistics) {}

  void absorb(const ClientOutput<T>& output, const Report& report) override {
    const double n_i = this->weight(report, output);
    sum_ += n_i * static_cast<double>(output.extra[0]);
    n_ += n_i;
  }
  void commit(Vector<T>& x, const Aggregate<T>& aggregate) override {
    const T tau_eff = static_cast<T>(sum_ / n_);
    sum_ = n_ = 0;
    take_step<T>(x, tau_eff * aggregate.mean, aggregate.mean, statistics_);
  }
  void visit_state(StateVisitor& state) override {
    state.visit("sum", sum_);
    state.visit("n", n_);
  }

 private:
  std::vector<Stretch> statistics_;
  double sum_ = 0;  // of n_i ||a_i||_1, or of n_i tau_i
  double n_ = 0;
};

struct FedNova : MethodDefaults {
  double mu = 0;

  static FedNova read(Section& s) {
    FedNova p;
    p.mu = s.real("mu", {.fallback = 0.0,
                         .bounds = non_negative(),
                         .help = "weight of a proximal term in local training; 0: none",
                         .source = "Wang et al. 2020, arXiv 2007.07481"});
    return p;
  }
  Traits traits() const { return {.extra_scalars = 1}; }

  std::string objection(const SolverSpec& given) const {
    if (given.nesterov) {
      return "||a_i||_1 is that of momentum without Nesterov's look ahead; set training.optimizer.nesterov to false";
    }
    if (mu > 0 && given.momentum > 0) {
      return "the paper has ||a_i||_1 for momentum or for the proximal term, not for both; set algorithm.mu or "
             "training.optimizer.momentum to 0";
    }
    SolverSpec without_momentum = given;
    without_momentum.momentum = 0;
    return unless_gradient_steps(without_momentum, "a client's change is no sum of gradients that ||a_i||_1 counts");
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<FedNovaClient<T>>(mu), std::make_unique<FedNovaServer<T>>(size)};
  }
};

const RegisterAlgorithm<FedNova> entry{
    {"fednova", "changes normalized by the local steps in them", "Wang et al., NeurIPS 2020"}};

}  // namespace
