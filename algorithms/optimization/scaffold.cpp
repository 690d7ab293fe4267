// SCAFFOLD: control variates correct each client's drift.
// Karimireddy, Kale, Mohri, Reddi, Stich, Suresh: SCAFFOLD: Stochastic Controlled Averaging for Federated Learning.
// ICML 2020, algorithm 1.
//
//   server sends (x, c)
//   client i:  y_i <- x;  for K steps:  y_i <- y_i - eta_l (g_i(y_i) - c_i + c)
//              c_i+ <- (option I) g_i(x)  or  (option II) c_i - c + (x - y_i) / (K eta_l)
//              sends (dy_i, dc_i) = (y_i - x, c_i+ - c_i);  c_i <- c_i+
//   server:    x <- x + (eta_g / |S|) sum dy_i;  c <- c + (1 / N) sum dc_i
//
// c_i = 0 until the client's first accepted report. The means are over clients, not samples.

#include "algorithms/optimization/gradient_steps.h"
#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

template <class T>
class Correction final : public StepHook<T> {
 public:
  explicit Correction(Vector<T> c_minus_c_i) : c_minus_c_i_(std::move(c_minus_c_i)) {}
  void add(const Vector<T>&, T eta_l, std::int64_t, Vector<T>& step) override { step -= eta_l * c_minus_c_i_; }

 private:
  Vector<T> c_minus_c_i_;
};

template <class T>
class ScaffoldClient final : public ClientHalf<T> {
 public:
  explicit ScaffoldClient(bool gradient_at_x) : gradient_at_x_(gradient_at_x) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    const Vector<T>& c = *in.broadcast;
    const Vector<T> c_i = in.state ? *in.state : Vector<T>::Zero(c.size());
    Correction<T> correction(c - c_i);
    ClientOutput<T> out = train_locally(in, &correction);
    Vector<T> c_i_plus = c_i;
    if (out.run.work.steps == 0) {
      // Without data there is no gradient to remember.
    } else if (gradient_at_x_) {
      full_gradient(in.model, in.data, in.global, in.memory, c_i_plus);
      c_i_plus += static_cast<T>(in.solver.weight_decay) * in.global;  // g_i is the gradient that the steps follow
    } else {
      const T k_eta = static_cast<T>(static_cast<double>(out.run.work.steps) * in.solver.lr_at(in.round));
      c_i_plus = c_i - c - out.delta / k_eta;
    }
    out.extra = c_i_plus - c_i;
    out.state = std::make_shared<const Vector<T>>(std::move(c_i_plus));
    return out;
  }

 private:
  bool gradient_at_x_;
};

template <class T>
class ScaffoldServer final : public ServerHalf<T> {
 public:
  ScaffoldServer(double eta_g, const ProblemSize& size)
      : eta_g_(static_cast<T>(eta_g)),
        clients_(size.population),
        c_(std::make_shared<const Vector<T>>(Vector<T>::Zero(size.d))),
        sum_dc_(Vector<double>::Zero(size.d)) {}

  SharedVector<T> broadcast() const override { return c_; }
  double weight(const Report&, const ClientOutput<T>&) const override { return 1; }
  void absorb(const ClientOutput<T>& output, const Report&) override {
    sum_dc_ += output.extra.template cast<double>();
  }
  void commit(Vector<T>& x, const Aggregate<T>& aggregate) override {
    x += eta_g_ * aggregate.mean;
    c_ = std::make_shared<const Vector<T>>(*c_ + (sum_dc_ / clients_).template cast<T>());
    sum_dc_.setZero();
  }
  void visit_state(StateVisitor& state) override {
    state.visit("c", c_);
    state.visit("sum_dc", sum_dc_);
  }

 private:
  T eta_g_;
  double clients_;  // N
  SharedVector<T> c_;
  Vector<double> sum_dc_;
};

struct Scaffold : MethodDefaults {
  double eta_g = 1;
  bool gradient_at_x = false;

  static Scaffold read(Section& s) {
    Scaffold p;
    p.eta_g = s.real("server_lr", {.fallback = 1.0,
                                   .bounds = positive(),
                                   .help = "eta_g, the server's step",
                                   .source = "Karimireddy et al. 2020 use 1"});
    p.gradient_at_x =
        s.word("option", {.fallback = "II",
                          .options = {{"I", "c_i+ is the full gradient at x: another pass over the data", ""},
                                      {"II", "c_i+ is the mean gradient along the local steps", ""}},
                          .help = "how a client renews its control variate",
                          .source = "Karimireddy et al. 2020, algorithm 1"}) == "I";
    return p;
  }
  Traits traits() const {
    return {.stateful = true,
            .broadcast_per_weight = 1,
            .extra_per_weight = 1,
            .extra_passes = gradient_at_x ? 1.0 : 0.0,
            .server_per_weight = 2};
  }

  std::string objection(const SolverSpec& given) const {
    return unless_gradient_steps(given,
                                 "(x - y_i) / (K eta_l) is no mean gradient, and the control variates are wrong");
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<ScaffoldClient<T>>(gradient_at_x), std::make_unique<ScaffoldServer<T>>(eta_g, size)};
  }
};

const RegisterAlgorithm<Scaffold> entry{
    {"scaffold", "control variates against client drift", "Karimireddy et al., ICML 2020"}};

}  // namespace
