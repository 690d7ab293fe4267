// Ditto: each client has a model of its own beside FedAvg's, tied to it by a spring.
// Li, Hu, Beirami, Smith: Ditto: Fair and Robust Federated Learning Through Personalization. ICML 2021, algorithm 1.
//
//   client k:  w_k from w^t as in FedAvg, sends w_k - w^t;
//              for s steps:  v_k <- v_k - eta (grad F_k(v_k) + lambda (v_k - w^t))
//   server:    as FedAvg
//
// v_k^0, an input of the paper's algorithm, is here the model of the client's first turn; until then the client has the
// global model. lambda = 0: local only; the global model is FedAvg's whatever lambda is.

#include "algorithms/optimization/spring.h"

namespace {
using namespace fedtide;

struct Ditto : MethodDefaults {
  double lambda = 1;
  std::optional<std::int64_t> epochs;

  static Ditto read(Section& s) {
    Ditto p;
    p.lambda = s.real("lambda", {.fallback = 1.0,
                                 .bounds = non_negative(),
                                 .help = "strength of the spring to the global model; 0 is local only",
                                 .source = "Li et al. 2021 tune it for each data set"});
    p.epochs = s.maybe_whole("personal_epochs", {.fallback = {},
                                                 .bounds = between(1, 1e6),
                                                 .help = "passes of a turn's personal training over the client's "
                                                         "data; as long as the training's if not given",
                                                 .source = ""});
    return p;
  }
  Traits traits() const {
    return {.stateful = true,
            .extra_passes = epochs ? static_cast<double>(*epochs) : 0.0,
            .personal = true,
            .extra_trainings = epochs ? 0.0 : 1.0};
  }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const;
};

template <class T>
class DittoClient final : public ClientHalf<T> {
 public:
  explicit DittoClient(const Ditto& p) : p_(p) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    ClientOutput<T> out = train_locally(in);
    SolverSpec solver = in.solver;
    if (p_.epochs) {
      solver.steps.reset();
      solver.epochs = *p_.epochs;
    }
    Vector<T> v_k = in.state ? *in.state : in.global;
    Spring<T> spring(static_cast<T>(p_.lambda), in.global);
    local_sgd(in.model, in.data, solver, in.round, in.stream, v_k, in.memory, &spring);
    out.state = std::make_shared<const Vector<T>>(std::move(v_k));
    return out;
  }
  Vector<T> personal_model(const ClientInput<T>& in) const override { return in.state ? *in.state : in.global; }

 private:
  Ditto p_;
};

template <class T>
Algorithm<T> Ditto::make(const ProblemSize&) const {
  return {std::make_unique<DittoClient<T>>(*this), std::make_unique<ServerHalf<T>>()};
}

const RegisterAlgorithm<Ditto> entry{
    {"ditto", "a model of each client's own, tied to the global one", "Li et al., ICML 2021"}};

}  // namespace
