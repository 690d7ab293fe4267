// APFL: each client mixes a model of its own with the global one.
// Deng, Kamani, Mahdavi: Adaptive Personalized Federated Learning. 2020 (arXiv 2003.13461), algorithm 1.
//
//   client i:  for each batch xi:  vbar_i = alpha v_i + (1 - alpha) w_i
//                                  w_i <- w_i - eta grad f_i(w_i; xi)
//                                  v_i <- v_i - eta grad_v f_i(vbar_i; xi) = v_i - eta alpha grad f_i(vbar_i; xi)
//              sends w_i - w
//   server:    as FedAvg
//
// A client is scored with alpha v_i + (1 - alpha) w. alpha is fixed, as in most of the paper's experiments; its rule
// for adapting it (equation 10) is left out. v_i starts as the model of the client's first turn.

#include "algorithms/optimization/gradient_steps.h"
#include "algorithms/personalization/batch_gradients.h"

namespace {
using namespace fedtide;

/// Takes a step of v for each of the training's, and leaves that alone.
template <class T>
class PersonalSteps final : public StepHook<T> {
 public:
  PersonalSteps(const ClientInput<T>& in, T alpha, Vector<T>& v) : in_(in), alpha_(alpha), v_(v), g_(v.size()) {}
  void on_batch(std::span<const std::uint32_t> rows) override { rows_ = rows; }
  void add(const Vector<T>& w, T eta, std::int64_t, Vector<T>&) override {
    mixed_ = alpha_ * v_ + (T{1} - alpha_) * w;
    gradient_on(in_, rows_, mixed_, g_);
    g_ += static_cast<T>(in_.solver.weight_decay) * mixed_;
    v_ -= (eta * alpha_) * g_;
  }

 private:
  const ClientInput<T>& in_;
  T alpha_;
  Vector<T>& v_;
  Vector<T> g_;
  Vector<T> mixed_;
  std::span<const std::uint32_t> rows_;
};

template <class T>
class ApflClient final : public ClientHalf<T> {
 public:
  ApflClient(double alpha, const ProblemSize& size) : alpha_(static_cast<T>(alpha)), statistics_(size.statistics) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    Vector<T> v = in.state ? *in.state : in.global;
    PersonalSteps<T> personal(in, alpha_, v);
    ClientOutput<T> out = train_locally(in, &personal);
    const Vector<T> w_i = in.global + out.delta;
    copy_statistics(statistics_, w_i, v);
    out.state = std::make_shared<const Vector<T>>(std::move(v));
    return out;
  }
  Vector<T> personal_model(const ClientInput<T>& in) const override {
    if (in.state == nullptr || alpha_ == T{0}) return in.global;
    return alpha_ * *in.state + (T{1} - alpha_) * in.global;
  }

 private:
  T alpha_;
  std::vector<Stretch> statistics_;
};

struct Apfl : MethodDefaults {
  double alpha = 0.5;

  static Apfl read(Section& s) {
    Apfl p;
    p.alpha = s.real("alpha", {.fallback = 0.5,
                               .bounds = between(0, 1),
                               .help = "share of the client's own model; 0 is FedAvg, 1 local only",
                               .source = "Deng et al. 2020 use 0.25, 0.5 and 0.75"});
    return p;
  }
  Traits traits() const { return {.stateful = true, .personal = true, .extra_trainings = 1}; }
  std::string objection(const SolverSpec& given) const {
    return unless_gradient_steps(given, "the client's own model would take other steps than the global one");
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<ApflClient<T>>(alpha, size), std::make_unique<ServerHalf<T>>()};
  }
};

const RegisterAlgorithm<Apfl> entry{
    {"apfl", "a mixture of the global model and one of each client's own", "Deng et al., 2020 (arXiv 2003.13461)"}};

}  // namespace
