// AFL: agnostic federated learning, the best model for the worst mixture of the clients.
// Mohri, Sivek, Suresh: Agnostic Federated Learning. ICML 2019, algorithm 1 (stochastic AFL), with local training in
// place of one gradient.
//
//   client k:  L_k = L_k(w_t), and w_k from w_t as in FedAvg
//   server:    w_{t+1} = w_t + (N / |S|) sum_{k in S} lambda_k (w_k - w_t)
//              lambda <- projection onto the simplex of lambda + gamma_lambda (N / |S|) L_k at each k in S
//
// lambda = 1 / N at first. With all clients in S and gamma_lambda = 0 it is FedAvg with equal weights. The server keeps
// and projects N numbers, a round's work in O(N log N).

#include <algorithm>
#include <cmath>
#include <functional>

#include "algorithms/fairness/client_loss.h"
#include "algorithms/optimization/server_step.h"

namespace {
using namespace fedtide;

/// The point of {x >= 0, sum x = 1} that is nearest: max(x - theta, 0) with theta so that they sum to 1.
void project_onto_simplex(std::vector<double>& x) {
  std::vector<double> falling = x;
  std::sort(falling.begin(), falling.end(), std::greater<>());
  double sum = 0, theta = 0;
  for (std::size_t i = 0; i < falling.size(); ++i) {
    sum += falling[i];
    const double candidate = (sum - 1) / static_cast<double>(i + 1);
    if (falling[i] <= candidate) break;
    theta = candidate;
  }
  for (double& value : x) value = std::max(0.0, value - theta);
}

template <class T>
class AflServer final : public ServerHalf<T> {
 public:
  AflServer(double gamma_lambda, const ProblemSize& size)
      : gamma_lambda_(gamma_lambda), statistics_(size.statistics), lambda_(size.population, 1.0 / size.population) {}

  double weight(const Report& report, const ClientOutput<T>&) const override {
    constexpr double kLeast = 1e-30;  // a cohort that counts for nothing has a mean still
    return std::max(lambda_[raw(report.client)], kLeast);
  }
  void absorb(const ClientOutput<T>& output, const Report& report) override {
    clients_.push_back(raw(report.client));
    losses_.push_back(static_cast<double>(output.extra[0]));
  }
  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override {
    const double scale = static_cast<double>(lambda_.size()) / static_cast<double>(aggregate.count);  // N / |S|
    take_step<T>(w, static_cast<T>(scale * aggregate.total_weight) * aggregate.mean, aggregate.mean, statistics_);
    for (std::size_t i = 0; i < clients_.size(); ++i) lambda_[clients_[i]] += gamma_lambda_ * scale * losses_[i];
    project_onto_simplex(lambda_);
    clients_.clear();
    losses_.clear();
  }
  void visit_state(StateVisitor& state) override {
    state.visit("lambda", lambda_);
    state.visit("clients", clients_);
    state.visit("losses", losses_);
  }

 private:
  double gamma_lambda_;
  std::vector<Stretch> statistics_;
  std::vector<double> lambda_;          // [N]
  std::vector<std::uint32_t> clients_;  // that have reported since the last commit
  std::vector<double> losses_;          // theirs
};

struct Afl : MethodDefaults {
  double gamma_lambda = 0.01;

  static Afl read(Section& s) {
    Afl p;
    p.gamma_lambda = s.real("lambda_lr", {.fallback = 0.01,
                                          .bounds = non_negative(),
                                          .help = "gamma_lambda, the step of the mixture's weights",
                                          .source = ""});
    return p;
  }
  Traits traits() const { return {.extra_passes = kForwardPass, .extra_scalars = 1}; }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<LossClient<T>>(), std::make_unique<AflServer<T>>(gamma_lambda, size)};
  }
};

const RegisterAlgorithm<Afl> entry{
    {"afl", "the best model for the worst mixture of clients", "Mohri et al., ICML 2019"}};

}  // namespace
