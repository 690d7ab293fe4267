// FedRep: a representation for all, and a head for each, which is trained first while the representation rests.
// Collins, Hassani, Mokhtari, Shakkottai: Exploiting Shared Representations for Personalized Federated Learning. ICML
// 2021, algorithm 1.
//
//   client i:  for tau_h epochs:  h_i <- h_i - eta grad_h f_i(h_i, phi_t)
//              then, with that h_i, phi_i <- phi_i - eta grad_phi f_i(h_i, phi_i) as the training says; sends phi_i
//   server:    phi_{t+1} <- sum_i (n_i / n) phi_i
//
// h is the last layers and whatever the model itself calls personal. The paper's mean over clients is one over samples
// where shards differ in size.

#include "algorithms/personalization/kept_part.h"

namespace {
using namespace fedtide;

/// Stretches that a phase leaves alone.
template <class T>
class Freeze final : public StepHook<T> {
 public:
  explicit Freeze(const std::vector<Stretch>& frozen) : frozen_(frozen) {}
  void add(const Vector<T>&, T, std::int64_t, Vector<T>& step) override {
    for (const Stretch& s : frozen_) step.segment(s.begin, s.size).setZero();
  }

 private:
  const std::vector<Stretch>& frozen_;
};

std::vector<Stretch> all_but(const std::vector<Stretch>& stretches, Index d) {
  std::vector<Stretch> rest;
  Index at = 0;
  for (const Stretch& s : stretches) {
    if (s.begin > at) rest.push_back({at, s.begin - at});
    at = s.begin + s.size;
  }
  if (at < d) rest.push_back({at, d - at});
  return rest;
}

template <class T>
class FedRepClient final : public KeptPartClient<T> {
 public:
  FedRepClient(std::vector<Stretch> head, Index d, std::int64_t head_epochs)
      : KeptPartClient<T>(head), body_(all_but(head, d)), head_epochs_(head_epochs) {}

 protected:
  LocalRun solve(const ClientInput<T>& in, Vector<T>& w) const override {
    if (!this->kept().empty()) {
      SolverSpec of_head = in.solver;
      of_head.steps.reset();
      of_head.epochs = head_epochs_;
      Freeze<T> resting_body(body_);
      local_sgd(in.model, in.data, of_head, in.round, in.stream.keyed(kHead), w, in.memory, &resting_body);
    }
    Freeze<T> resting_head(this->kept());
    return local_sgd(in.model, in.data, in.solver, in.round, in.stream, w, in.memory, &resting_head);
  }

 private:
  static constexpr std::uint64_t kHead = 1;  // its batches are other ones than the body's
  std::vector<Stretch> body_;
  std::int64_t head_epochs_;
};

struct FedRep : KeptPartDefaults {
  std::int64_t layers = 1;
  std::int64_t head_epochs = 10;

  static FedRep read(Section& s) {
    FedRep p;
    p.layers = s.whole("personal_layers", {.fallback = 1,
                                           .bounds = between(0, 1e6),
                                           .help = "the last layers with weights: the head, which is the client's own",
                                           .source = "Collins et al. 2021: the last layer"});
    p.head_epochs = s.whole("head_epochs", {.fallback = 10,
                                            .bounds = between(1, 1e6),
                                            .help = "tau_h, passes over the data in which the head alone is trained",
                                            .source = "Collins et al. 2021 use 10"});
    return p;
  }
  Traits traits() const {
    return {.stateful = true, .extra_passes = static_cast<double>(head_epochs), .personal = true};
  }
  std::string objection(const SolverSpec& given) const {
    if (given.weight_decay == 0) return "";
    return "weight decay changes the part that rests; set training.optimizer.weight_decay to 0";
  }
  std::string misfit(const Layout& layout) const { return unless_layers(layout, "personal_layers", layers); }
  std::vector<Stretch> kept(const Layout& layout) const { return last_layers(layout, layers); }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<FedRepClient<T>>(size.kept, size.d, head_epochs), std::make_unique<ServerHalf<T>>()};
  }
};

const RegisterAlgorithm<FedRep> entry{
    {"fedrep", "one representation, a head of each client's own trained first", "Collins et al., ICML 2021"}};

}  // namespace
