// FedProx: a spring that ties each client to the model it was sent.
// Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith: Federated Optimization in Heterogeneous Networks. MLSys 2020,
// algorithm 2; the rule for mu in section 5.3.
//
//   client k:  minimizes h_k(w; w_t) = F_k(w) + (mu / 2) ||w - w_t||^2 by SGD:
//              w <- w - eta (grad F_k(w) + mu (w - w_t))
//   server:    w_{t+1} <- weighted mean of the clients' w, as FedAvg (weights n_k, as the authors' code has it)
//   with mu_rule: loss, mu grows by 0.1 when the loss does, and falls by 0.1 when the loss has fallen 5 rounds in a
//   row.
//              The loss is that of w_t over the data of the clients that report.

#include <algorithm>

#include "algorithms/optimization/spring.h"

namespace {
using namespace fedtide;

struct FedProx : MethodDefaults {
  double mu = 0.01;
  bool adaptive = false;
  double mu_step = 0.1;
  std::int64_t patience = 5;

  static FedProx read(Section& s) {
    FedProx p;
    p.mu = s.real("mu", {.fallback = 0.01,
                         .bounds = non_negative(),
                         .help = "weight of the proximal term; 0 is FedAvg",
                         .source = "Li et al. 2020 use 0.001 to 1"});
    const Words rules{
        "fixed",
        {{"fixed", "as it is", ""}, {"loss", "up when the loss grows, down when it has fallen for some rounds", ""}},
        "how mu changes over the rounds",
        "Li et al. 2020, section 5.3"};
    s.choose("mu_rule", rules, [&](const std::string& rule) {
      p.adaptive = rule == "loss";
      if (!p.adaptive) return;
      p.mu_step = s.real("mu_step", {.fallback = 0.1,
                                     .bounds = positive(),
                                     .help = "how much mu changes at a time; it stays at least 0",
                                     .source = "Li et al. 2020, section 5.3"});
      p.patience = s.whole("patience", {.fallback = 5,
                                        .bounds = between(1, 1e9),
                                        .help = "rounds in a row in which the loss falls before mu does",
                                        .source = "Li et al. 2020, section 5.3"});
    });
    return p;
  }
  Traits traits() const {
    if (!adaptive) return {};
    // The loss at w_t takes a forward pass: a third of a gradient's.
    return {.extra_passes = 1.0 / 3, .broadcast_scalars = 1, .extra_scalars = 1};
  }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const;
};

template <class T>
class FedProxClient final : public ClientHalf<T> {
 public:
  explicit FedProxClient(const FedProx& p) : p_(p) {}
  ClientOutput<T> train(const ClientInput<T>& in) const override {
    Spring<T> spring(p_.adaptive ? (*in.broadcast)[0] : static_cast<T>(p_.mu), in.global);
    ClientOutput<T> out = train_locally(in, &spring);
    if (p_.adaptive) {
      const Score at_w_t = evaluate_rows(in.model, *in.data.dataset, in.data.rows, in.global, in.memory);
      out.extra = Vector<T>::Constant(1, at_w_t.count > 0 ? static_cast<T>(at_w_t.loss()) : T{0});
    }
    return out;
  }

 private:
  FedProx p_;
};

template <class T>
class AdaptiveMu final : public ServerHalf<T> {
 public:
  explicit AdaptiveMu(const FedProx& p) : p_(p), mu_(p.mu) {}

  SharedVector<T> broadcast() const override {
    return std::make_shared<const Vector<T>>(Vector<T>::Constant(1, static_cast<T>(mu_)));
  }
  void absorb(const ClientOutput<T>& output, const Report& report) override {
    const double n_k = this->weight(report, output);
    sum_ += n_k * static_cast<double>(output.extra[0]);
    n_ += n_k;
  }
  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override {
    w += aggregate.mean;
    const double loss = sum_ / n_;
    sum_ = n_ = 0;
    falling_ = rounds_ > 0 && loss < last_loss_ ? falling_ + 1 : 0;
    if (rounds_ > 0 && loss > last_loss_) mu_ += p_.mu_step;
    if (falling_ == p_.patience) {
      mu_ = std::max(0.0, mu_ - p_.mu_step);
      falling_ = 0;
    }
    last_loss_ = loss;
    ++rounds_;
  }
  void visit_state(StateVisitor& state) override {
    state.visit("mu", mu_);
    state.visit("sum", sum_);
    state.visit("n", n_);
    state.visit("last_loss", last_loss_);
    state.visit("falling", falling_);
    state.visit("rounds", rounds_);
  }

 private:
  FedProx p_;
  double mu_;
  double sum_ = 0;  // of n_k F_k(w_t)
  double n_ = 0;
  double last_loss_ = 0;
  std::int64_t falling_ = 0;  // rounds in a row
  std::int64_t rounds_ = 0;
};

template <class T>
Algorithm<T> FedProx::make(const ProblemSize&) const {
  auto client = std::make_unique<FedProxClient<T>>(*this);
  if (!adaptive) return {std::move(client), std::make_unique<ServerHalf<T>>()};
  return {std::move(client), std::make_unique<AdaptiveMu<T>>(*this)};
}

const RegisterAlgorithm<FedProx> entry{{"fedprox", "proximal term against client drift", "Li et al., MLSys 2020"}};

}  // namespace
