#pragma once
// Adaptive server optimizers: what FedAdagrad, FedAdam and FedYogi share. They differ in v_t alone.
// Reddi, Charles, Zaheer, Garrett, Rush, Konecny, Kumar, McMahan: Adaptive Federated Optimization. ICLR 2021
// (arXiv 2003.00295), algorithm 2.
//
//   Delta_t = sum_k (n_k / n) (x^k - x_t), the mean of the clients' changes, as in FedAvg
//   server:    m_t <- beta_1 m_{t-1} + (1 - beta_1) Delta_t,  m_{-1} = 0
//              v_t <- the method's own from v_{t-1} and Delta_t^2,  v_{-1} = tau^2
//              x_{t+1} <- x_t + eta m_t / (sqrt(v_t) + tau)
//
// Elementwise, and without bias correction: the paper has none.

#include "algorithms/optimization/server_step.h"

namespace fedtide {

constexpr const char* kAdaptivePaper = "Reddi et al. 2021, arXiv 2003.00295";

/// The parameters that the three share.
struct AdaptiveServerSpec : MethodDefaults {
  ServerRate eta;
  double beta1 = 0;
  double tau = 1e-3;
  double v_before = 1e-6;  ///< v_{-1}

  Traits traits() const { return {.server_per_weight = 2}; }

  void read_shared(Section& s, double lr, double beta1_fallback) {
    eta = ServerRate::read(s, lr, "Reddi et al. 2021 tune it: 10^-2.5 to 10^1");
    beta1 = s.real("beta1", {.fallback = beta1_fallback,
                             .bounds = {.low = 0, .high = 1, .high_open = true},
                             .help = "decay of m, the mean of the changes",
                             .source = kAdaptivePaper});
    tau = s.real("tau", {.fallback = 1e-3,
                         .bounds = positive(),
                         .help = "degree of adaptivity: the smaller, the more a step's size is lost in it",
                         .source = kAdaptivePaper});
    v_before = s.maybe_real("initial_accumulator", {.fallback = std::nullopt,
                                                    .bounds = non_negative(),
                                                    .help = "v_{-1}; tau^2 when left out",
                                                    .source = kAdaptivePaper})
                   .value_or(tau * tau);
  }
};

/// `renew(v_{t-1}, Delta_t)` gives v_t, elementwise.
template <class T, class Renew>
class AdaptiveServer final : public ServerHalf<T> {
 public:
  AdaptiveServer(const AdaptiveServerSpec& p, const ProblemSize& size, Renew renew)
      : p_(p),
        renew_(renew),
        statistics_(size.statistics),
        m_(Vector<T>::Zero(size.d)),
        v_(Vector<T>::Constant(size.d, static_cast<T>(p.v_before))) {}

  void commit(Vector<T>& x, const Aggregate<T>& aggregate) override {
    const Vector<T>& delta = aggregate.mean;
    const T eta = static_cast<T>(p_.eta.at(t_++));
    m_ = static_cast<T>(p_.beta1) * m_ + static_cast<T>(1 - p_.beta1) * delta;
    v_ = v_.binaryExpr(delta, renew_);
    take_step<T>(x, eta * m_.array() / (v_.array().sqrt() + static_cast<T>(p_.tau)), delta, statistics_);
  }
  void visit_state(StateVisitor& state) override {
    state.visit("m", m_);
    state.visit("v", v_);
    state.visit("t", t_);
  }

 private:
  AdaptiveServerSpec p_;
  Renew renew_;
  std::vector<Stretch> statistics_;
  Vector<T> m_, v_;
  std::int64_t t_ = 0;
};

template <class T, class Renew>
Algorithm<T> adaptive_server(const AdaptiveServerSpec& p, const ProblemSize& size, Renew renew) {
  return {std::make_unique<PlainClient<T>>(), std::make_unique<AdaptiveServer<T, Renew>>(p, size, renew)};
}

/// Reads `beta2`.
inline double read_beta2(Section& s) {
  return s.real("beta2", {.fallback = 0.99,
                          .bounds = {.low = 0, .high = 1, .high_open = true},
                          .help = "decay of v, the mean of the squared changes",
                          .source = kAdaptivePaper});
}

}  // namespace fedtide
