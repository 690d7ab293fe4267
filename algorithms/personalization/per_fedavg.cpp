// Per-FedAvg: a global model from which one gradient step on a client's own data leads far.
// Fallah, Mokhtari, Ozdaglar: Personalized Federated Learning with Theoretical Guarantees: A Model-Agnostic
// Meta-Learning Approach. NeurIPS 2020, algorithm 1; the two approximations in section 5.
//
//   client i:  for tau steps, with batches D, D', D'':
//              w~ = w - alpha grad f_i(w; D)
//              w <- w - beta (I - alpha hess f_i(w; D'')) grad f_i(w~; D')
//   server:    as FedAvg
//
//   first_order:   the Hessian is left out
//   hessian_free:  hess f_i(w; D'') g ~ (grad f_i(w + delta g; D'') - grad f_i(w - delta g; D'')) / (2 delta)
//
// beta is the training's learning rate. A client is scored with w - alpha grad f_i(w) on all its data.

#include "algorithms/personalization/batch_gradients.h"

namespace {
using namespace fedtide;

struct PerFedAvg : MethodDefaults {
  double alpha = 0.01;
  bool hessian = false;
  double delta = 1e-3;

  static PerFedAvg read(Section& s) {
    PerFedAvg p;
    p.alpha = s.real("alpha", {.fallback = 0.01,
                               .bounds = non_negative(),
                               .help = "learning rate of the step with which a client makes the model its own",
                               .source = "Fallah et al. 2020, section 5"});
    const Words variants{"first_order",
                         {{"first_order", "without the Hessian: twice the gradients of FedAvg", "Per-FedAvg (FO)"},
                          {"hessian_free", "with its product by a difference: four times", "Per-FedAvg (HF)"}},
                         "what becomes of the Hessian",
                         "Fallah et al. 2020, section 5"};
    s.choose("variant", variants, [&](const std::string& variant) {
      p.hessian = variant == "hessian_free";
      if (!p.hessian) return;
      p.delta = s.real("delta", {.fallback = 1e-3,
                                 .bounds = positive(),
                                 .help = "how far the difference reaches, times the gradient",
                                 .source = ""});
    });
    return p;
  }
  Traits traits() const { return {.personal = true, .extra_trainings = hessian ? 3.0 : 1.0}; }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const;
};

/// Makes the training's gradient that after the client's own step.
template <class T>
class MetaGradient final : public StepHook<T> {
 public:
  MetaGradient(const ClientInput<T>& in, const PerFedAvg& p, const std::vector<Stretch>& statistics)
      : in_(in),
        p_(p),
        statistics_(statistics),
        second_(in.data.rows, in.solver, in.stream.keyed(1)),
        third_(p.hessian ? in.data.rows : in.data.rows.first(0), in.solver, in.stream.keyed(2)),
        g_(in.global.size()) {}

  void add(const Vector<T>& w, T rate, std::int64_t, Vector<T>& step) override {
    const T alpha = static_cast<T>(p_.alpha);
    at_ = w + (alpha / rate) * step;
    copy_statistics(statistics_, w, at_);
    gradient_on(in_, second_.next(), at_, g_);
    step = -rate * g_;
    if (!p_.hessian) return;
    const auto rows = third_.next();
    const T delta = static_cast<T>(p_.delta);
    at_ = w + delta * g_;
    gradient_on(in_, rows, at_, beyond_);
    at_ = w - delta * g_;
    gradient_on(in_, rows, at_, g_);
    step += (rate * alpha / (2 * delta)) * (beyond_ - g_);
  }

 private:
  const ClientInput<T>& in_;
  const PerFedAvg& p_;
  const std::vector<Stretch>& statistics_;
  OwnBatches second_, third_;
  Vector<T> at_, g_, beyond_;
};

template <class T>
class PerFedAvgClient final : public ClientHalf<T> {
 public:
  PerFedAvgClient(const PerFedAvg& p, const ProblemSize& size) : p_(p), statistics_(size.statistics) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    MetaGradient<T> meta(in, p_, statistics_);
    return train_locally(in, &meta);
  }
  Vector<T> personal_model(const ClientInput<T>& in) const override {
    Vector<T> g;
    full_gradient(in.model, in.data, in.global, in.memory, g);
    return in.global - static_cast<T>(p_.alpha) * g;
  }

 private:
  PerFedAvg p_;
  std::vector<Stretch> statistics_;
};

template <class T>
Algorithm<T> PerFedAvg::make(const ProblemSize& size) const {
  return {std::make_unique<PerFedAvgClient<T>>(*this, size), std::make_unique<ServerHalf<T>>()};
}

const RegisterAlgorithm<PerFedAvg> entry{
    {"per_fedavg", "a model that one step of a client's own makes good", "Fallah et al., NeurIPS 2020"}};

}  // namespace
