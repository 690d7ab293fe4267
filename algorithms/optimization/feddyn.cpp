// FedDyn: a regularizer that changes with each client's turns, so that local and global optima agree.
// Acar, Zhao, Matas Navarro, Mattina, Whatmough, Saligrama: Federated Learning Based on Dynamic Regularization. ICLR
// 2021 (arXiv 2111.04263), algorithm 1.
//
//   client i:  theta_i <- argmin of f_i(theta) - <g_i, theta> + (alpha / 2) ||theta - theta_t||^2, by SGD:
//              theta <- theta - eta (grad f_i(theta) - g_i + alpha (theta - theta_t))
//              g_i <- g_i - alpha (theta_i - theta_t)
//   server:    h <- h - alpha (1 / m) sum_{i in P} (theta_i - theta_t),  m: all clients there are
//              theta_{t+1} <- (1 / |P|) sum_{i in P} theta_i - h / alpha
//
// g_i (grad f_i(theta_i) in the paper, which it is where the minimum is exact) and h are 0 at first. The means are over
// clients, not samples.

#include "algorithms/optimization/server_step.h"
#include "algorithms/optimization/spring.h"

namespace {
using namespace fedtide;

template <class T>
class FedDynClient final : public ClientHalf<T> {
 public:
  explicit FedDynClient(double alpha) : alpha_(static_cast<T>(alpha)) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    Vector<T> g_i = in.state ? *in.state : Vector<T>::Zero(in.global.size());
    const Vector<T> minus_g_i = -g_i;
    LoadedSpring<T> regularizer(alpha_, in.global, minus_g_i);
    ClientOutput<T> out = train_locally(in, &regularizer);
    g_i -= alpha_ * out.delta;
    out.state = std::make_shared<const Vector<T>>(std::move(g_i));
    return out;
  }

 private:
  T alpha_;
};

template <class T>
class FedDynServer final : public ServerHalf<T> {
 public:
  FedDynServer(double alpha, const ProblemSize& size)
      : alpha_(static_cast<T>(alpha)), m_(size.population), statistics_(size.statistics), h_(Vector<T>::Zero(size.d)) {}

  double weight(const Report&, const ClientOutput<T>&) const override { return 1; }
  void commit(Vector<T>& theta, const Aggregate<T>& aggregate) override {
    const T share = static_cast<T>(static_cast<double>(aggregate.count) / m_);  // |P| / m
    h_ -= alpha_ * share * aggregate.mean;
    take_step<T>(theta, aggregate.mean - h_ / alpha_, aggregate.mean, statistics_);
  }
  void visit_state(StateVisitor& state) override { state.visit("h", h_); }

 private:
  T alpha_;
  double m_;
  std::vector<Stretch> statistics_;
  Vector<T> h_;
};

struct FedDyn : MethodDefaults {
  double alpha = 0.01;

  static FedDyn read(Section& s) {
    FedDyn p;
    p.alpha = s.real("alpha", {.fallback = 0.01,
                               .bounds = positive(),
                               .help = "weight of the regularizer",
                               .source = "Acar et al. 2021 use 0.001 to 0.1; 0.01 in their code"});
    return p;
  }
  Traits traits() const { return {.stateful = true, .server_per_weight = 1}; }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<FedDynClient<T>>(alpha), std::make_unique<FedDynServer<T>>(alpha, size)};
  }
};

const RegisterAlgorithm<FedDyn> entry{
    {"feddyn", "a regularizer that follows each client's turns", "Acar et al., ICLR 2021"}};

}  // namespace
