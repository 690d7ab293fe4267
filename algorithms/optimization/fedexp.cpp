// FedExP: the server goes further the more the clients' changes differ from each other.
// Jhunjhunwala, Wang, Joshi: FedExP: Speeding Up Federated Averaging via Extrapolation. ICLR 2023 (arXiv 2301.09604),
// algorithm 1.
//
//   Delta_i = w - w_i;  bar Delta = sum_i p_i Delta_i
//   server:    eta_g <- max{1, sum_i p_i ||Delta_i||^2 / (2 (||bar Delta||^2 + epsilon))}
//              w <- w - eta_g bar Delta
//
// p_i = 1 / M in algorithm 1; here n_i / n, as in FedAvg and in the authors' code. They evaluate the mean of the last
// two iterates; here it is the last.

#include <algorithm>

#include "algorithms/optimization/server_step.h"

namespace {
using namespace fedtide;

template <class T>
class FedExpServer final : public ServerHalf<T> {
 public:
  FedExpServer(double epsilon, const ProblemSize& size) : epsilon_(epsilon), statistics_(size.statistics) {}

  void absorb(const ClientOutput<T>& output, const Report& report) override {
    const double weight = this->weight(report, output);
    sum_of_squares_ += weight * squared_norm(output.delta, statistics_);
    total_weight_ += weight;
  }
  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override {
    const double of_clients = sum_of_squares_ / total_weight_;
    const double of_mean = squared_norm(aggregate.mean, statistics_);
    sum_of_squares_ = total_weight_ = 0;
    const double eta_g = std::max(1.0, of_clients / (2 * (of_mean + epsilon_)));
    take_step<T>(w, static_cast<T>(eta_g) * aggregate.mean, aggregate.mean, statistics_);
  }
  void visit_state(StateVisitor& state) override {
    state.visit("sum_of_squares", sum_of_squares_);
    state.visit("total_weight", total_weight_);
  }

 private:
  double epsilon_;
  std::vector<Stretch> statistics_;
  double sum_of_squares_ = 0;  // of n_i ||Delta_i||^2
  double total_weight_ = 0;
};

struct FedExp : MethodDefaults {
  double epsilon = 1e-3;

  static FedExp read(Section& s) {
    FedExp p;
    p.epsilon = s.real("epsilon", {.fallback = 1e-3,
                                   .bounds = positive(),
                                   .help = "keeps eta_g small where the mean change is",
                                   .source = "Jhunjhunwala et al. 2023: 0.001, and 0.1 for EMNIST"});
    return p;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<PlainClient<T>>(), std::make_unique<FedExpServer<T>>(epsilon, size)};
  }
};

const RegisterAlgorithm<FedExp> entry{
    {"fedexp", "server step by how much clients differ", "Jhunjhunwala et al., ICLR 2023"}};

}  // namespace
