// MimeLite: clients take steps with the server's momentum, which local steps leave as it is.
// Karimireddy, Jaggi, Kale, Mohri, Reddi, Stich, Suresh: Breaking the Centralized Barrier for Cross-Device Federated
// Learning (Mime). NeurIPS 2021 (arXiv 2008.03606), algorithm 1, with SGD with momentum as its base.
//
//   server sends (x, m)
//   client i:  y_i <- x;  for K steps:  y_i <- y_i - eta ((1 - beta) g_i(y_i) + beta m)
//              sends y_i - x and grad f_i(x), over all its data
//   server:    m <- (1 - beta) mean of grad f_i(x) + beta m;  x <- mean of y_i
//
// Means with weights n_i, as in the authors' code. beta = 0 is FedAvg. Mime proper has the clients first agree on the
// mean of grad f_i(x), a second exchange within the round.

#include "algorithms/optimization/gradient_steps.h"
#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

template <class T>
class ServersMomentum final : public StepHook<T> {
 public:
  ServersMomentum(T beta, const Vector<T>& m) : beta_(beta), m_(m) {}
  void add(const Vector<T>&, T eta, std::int64_t, Vector<T>& step) override {
    step = (1 - beta_) * step - (eta * beta_) * m_;
  }

 private:
  T beta_;
  const Vector<T>& m_;
};

template <class T>
class MimeLiteClient final : public ClientHalf<T> {
 public:
  explicit MimeLiteClient(double beta) : beta_(static_cast<T>(beta)) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    ServersMomentum<T> momentum(beta_, *in.broadcast);
    ClientOutput<T> out = train_locally(in, &momentum);
    full_gradient(in.model, in.data, in.global, in.memory, out.extra);
    return out;
  }

 private:
  T beta_;
};

template <class T>
class MimeLiteServer final : public ServerHalf<T> {
 public:
  MimeLiteServer(double beta, const ProblemSize& size)
      : beta_(beta),
        m_(std::make_shared<const Vector<T>>(Vector<T>::Zero(size.d))),
        sum_of_gradients_(Vector<double>::Zero(size.d)) {}

  SharedVector<T> broadcast() const override { return m_; }
  void absorb(const ClientOutput<T>& output, const Report& report) override {
    const double n_i = this->weight(report, output);
    sum_of_gradients_ += n_i * output.extra.template cast<double>();
    n_ += n_i;
  }
  void commit(Vector<T>& x, const Aggregate<T>& aggregate) override {
    x += aggregate.mean;
    const Vector<double> m = (1 - beta_) * sum_of_gradients_ / n_ + beta_ * m_->template cast<double>();
    m_ = std::make_shared<const Vector<T>>(m.template cast<T>());
    sum_of_gradients_.setZero();
    n_ = 0;
  }
  void visit_state(StateVisitor& state) override {
    state.visit("m", m_);
    state.visit("sum_of_gradients", sum_of_gradients_);
    state.visit("n", n_);
  }

 private:
  double beta_;
  SharedVector<T> m_;
  Vector<double> sum_of_gradients_;
  double n_ = 0;
};

struct MimeLite : MethodDefaults {
  double beta = 0.9;

  static MimeLite read(Section& s) {
    MimeLite p;
    p.beta = s.real("beta", {.fallback = 0.9,
                             .bounds = {.low = 0, .high = 1, .high_open = true},
                             .help = "momentum; 0 is FedAvg",
                             .source = "Karimireddy et al. 2021 use 0.9 and 0.99"});
    return p;
  }
  Traits traits() const {
    return {.broadcast_per_weight = 1, .extra_per_weight = 1, .extra_passes = 1, .server_per_weight = 2};
  }

  std::string objection(const SolverSpec& given) const {
    if (given.weight_decay > 0) {
      return "weight decay is no part of the gradient that the momentum is of; set training.optimizer.weight_decay to "
             "0";
    }
    return unless_gradient_steps(given,
                                 "a local step is not the one of MimeLite's base, SGD with the server's momentum");
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<MimeLiteClient<T>>(beta), std::make_unique<MimeLiteServer<T>>(beta, size)};
  }
};

const RegisterAlgorithm<MimeLite> entry{
    {"mimelite", "local steps with the server's momentum", "Karimireddy et al., NeurIPS 2021"}};

}  // namespace
