// pFedMe: clients' models are proximal points of the global one, whose objective is the mean of Moreau envelopes.
// T. Dinh, Tran, Nguyen: Personalized Federated Learning with Moreau Envelopes. NeurIPS 2020, algorithm 1.
//
//   client i:  w_i,0 = w_t;  for each batch D_i of the R local rounds:
//              theta_i ~ argmin of f_i(theta; D_i) + (lambda / 2) ||theta - w_i,r||^2, by K steps from w_i,r:
//                        theta_i <- theta_i - eta_p (grad f_i(theta_i; D_i) + lambda (theta_i - w_i,r))
//              w_i,r+1 = w_i,r - eta lambda (w_i,r - theta_i)
//              sends w_i,R - w_t
//   server:    w_{t+1} = (1 - beta) w_t + (beta / S) sum_i w_i,R
//
// A client is scored with its last theta_i; before its first turn, with the global model. The mean is over clients.

#include "algorithms/optimization/gradient_steps.h"
#include "algorithms/optimization/server_step.h"
#include "algorithms/personalization/batch_gradients.h"

namespace {
using namespace fedtide;

struct PFedMe : MethodDefaults {
  double lambda = 15;
  std::int64_t k = 5;
  double eta_p = 0.05;
  double beta = 1;

  static PFedMe read(Section& s) {
    PFedMe p;
    p.lambda = s.real("lambda", {.fallback = 15.0,
                                 .bounds = positive(),
                                 .help = "weight of the proximal term: how near a client stays to the global model",
                                 .source = "T. Dinh et al. 2020 use 15 to 30"});
    p.k = s.whole("inner_steps", {.fallback = 5,
                                  .bounds = between(1, 1e6),
                                  .help = "K, steps towards the proximal point on each batch",
                                  .source = "T. Dinh et al. 2020 use 5"});
    p.eta_p = s.real("personal_lr", {.fallback = 0.05,
                                     .bounds = positive(),
                                     .help = "learning rate of these steps; below 2 / (lambda + the loss's smoothness)",
                                     .source = ""});
    p.beta = s.real("beta", {.fallback = 1.0,
                             .bounds = positive(),
                             .help = "the server's step",
                             .source = "T. Dinh et al. 2020 use 1 to 4"});
    return p;
  }
  Traits traits() const { return {.stateful = true, .personal = true, .extra_trainings = static_cast<double>(k - 1)}; }
  std::string objection(const SolverSpec& given) const {
    return unless_gradient_steps(given, "w - eta lambda (w - theta) is not the step that is taken");
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const;
};

/// Makes the training's step one towards the batch's proximal point.
template <class T>
class Envelope final : public StepHook<T> {
 public:
  Envelope(const ClientInput<T>& in, const PFedMe& p, const std::vector<Stretch>& statistics)
      : in_(in), p_(p), statistics_(statistics), theta_(in.global), g_(in.global.size()) {}
  void on_batch(std::span<const std::uint32_t> rows) override { rows_ = rows; }
  void add(const Vector<T>& w, T eta, std::int64_t, Vector<T>& step) override {
    const T eta_p = static_cast<T>(p_.eta_p), lambda = static_cast<T>(p_.lambda);
    theta_ = w + (eta_p / eta) * step;  // the first of K: its gradient is known, and theta - w is 0
    copy_statistics(statistics_, w, theta_);
    for (std::int64_t i = 1; i < p_.k; ++i) {
      gradient_on(in_, rows_, theta_, g_);
      theta_ -= eta_p * (g_ + lambda * (theta_ - w));
    }
    step = (eta * lambda) * (theta_ - w);
  }
  Vector<T> take() { return std::move(theta_); }

 private:
  const ClientInput<T>& in_;
  const PFedMe& p_;
  const std::vector<Stretch>& statistics_;
  Vector<T> theta_;
  Vector<T> g_;
  std::span<const std::uint32_t> rows_;
};

template <class T>
class PFedMeClient final : public ClientHalf<T> {
 public:
  PFedMeClient(const PFedMe& p, const ProblemSize& size) : p_(p), statistics_(size.statistics) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    Envelope<T> envelope(in, p_, statistics_);
    ClientOutput<T> out = train_locally(in, &envelope);
    out.state = std::make_shared<const Vector<T>>(envelope.take());
    return out;
  }
  Vector<T> personal_model(const ClientInput<T>& in) const override { return in.state ? *in.state : in.global; }

 private:
  PFedMe p_;
  std::vector<Stretch> statistics_;
};

template <class T>
class PFedMeServer final : public ServerHalf<T> {
 public:
  PFedMeServer(double beta, const ProblemSize& size) : beta_(static_cast<T>(beta)), statistics_(size.statistics) {}
  double weight(const Report&, const ClientOutput<T>&) const override { return 1; }
  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override {
    take_step<T>(w, beta_ * aggregate.mean, aggregate.mean, statistics_);
  }

 private:
  T beta_;
  std::vector<Stretch> statistics_;
};

template <class T>
Algorithm<T> PFedMe::make(const ProblemSize& size) const {
  return {std::make_unique<PFedMeClient<T>>(*this, size), std::make_unique<PFedMeServer<T>>(beta, size)};
}

const RegisterAlgorithm<PFedMe> entry{
    {"pfedme", "clients' models are proximal points of the global one", "T. Dinh et al., NeurIPS 2020"}};

}  // namespace
