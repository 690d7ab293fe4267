// FedAvg and fine-tuning: the global model is trained as by FedAvg, and each client goes on from it on its own data.
// Yu, Bagdasaryan, Shmatikov: Salvaging Federated Learning by Local Adaptation. 2020 (arXiv 2002.04758), section 3.
// (fine-tuning).
//
//   rounds:    FedAvg
//   client i:  v_i <- w_t;  for E_p epochs, for batches b:  v_i <- v_i - eta_p grad F_i(v_i; b)
//
// v_i is made for an evaluation and thrown away after it: no state, no time, no bytes.

#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

struct FineTuning : MethodDefaults {
  std::int64_t epochs = 1;
  std::optional<double> lr;

  static FineTuning read(Section& s) {
    FineTuning p;
    p.epochs = s.whole("personal_epochs", {.fallback = 1,
                                           .bounds = between(0, 1e6),
                                           .help = "passes of the fine-tuning over a client's data; 0 is FedAvg",
                                           .source = ""});
    p.lr = s.maybe_real("personal_lr", {.fallback = {},
                                        .bounds = positive(),
                                        .help = "learning rate of the fine-tuning; that of the training if not given",
                                        .source = ""});
    return p;
  }
  Traits traits() const { return {.personal = true}; }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const;
};

template <class T>
class FineTuningClient final : public ClientHalf<T> {
 public:
  explicit FineTuningClient(const FineTuning& p) : p_(p) {}
  ClientOutput<T> train(const ClientInput<T>& in) const override { return train_locally(in); }

  Vector<T> personal_model(const ClientInput<T>& in) const override {
    SolverSpec solver = in.solver;
    solver.steps.reset();
    solver.epochs = p_.epochs;
    if (p_.lr) {
      solver.lr = *p_.lr;
      solver.lr_decay = 1;
    }
    Vector<T> v = in.global;
    if (p_.epochs > 0) local_sgd(in.model, in.data, solver, in.round, in.stream, v, in.memory);
    return v;
  }

 private:
  FineTuning p_;
};

template <class T>
Algorithm<T> FineTuning::make(const ProblemSize&) const {
  return {std::make_unique<FineTuningClient<T>>(*this), std::make_unique<ServerHalf<T>>()};
}

const RegisterAlgorithm<FineTuning> entry{
    {"fine_tuning", "FedAvg, then local epochs of each client's own", "Yu et al., 2020 (arXiv 2002.04758)"}};

}  // namespace
