// AdamW: Adam whose weight decay is apart from the gradient's moments.
// Loshchilov, Hutter: Decoupled Weight Decay Regularization. ICLR 2019 (arXiv 1711.05101), algorithm 2, with the decay
// scaled by the learning rate, as PyTorch has it:
//
//   theta_t <- theta_{t-1} - alpha m^_t / (sqrt(v^_t) + epsilon) - alpha lambda theta_{t-1}

#include "sim/learn/optimizers/adam_moments.h"

namespace fedtide {
namespace {

template <class T>
void update(const Update<T>& u) {
  adam_step(u, T(0));
  const T lambda = static_cast<T>(u.spec.weight_decay);
  if (lambda == 0) return;
  Eigen::Map<Vector<T>>(u.step, u.size) -= u.lr * lambda * Eigen::Map<const Vector<T>>(u.w, u.size);
}

void read(Section& section, SolverSpec& spec) {
  read_adam(section, spec);
  spec.weight_decay = section.real("weight_decay", Number{0.01, non_negative(), "lambda: each step takes lr lambda w",
                                                          "Loshchilov and Hutter 2019"});
}

OptimizerState state(const SolverSpec&) { return {true, true}; }
bool is_plain(const SolverSpec&) { return false; }

}  // namespace

const Optimizer& adamw() {
  static const Optimizer optimizer{{"adamw", "Adam with decoupled weight decay", "Loshchilov and Hutter 2019"},
                                   &read,
                                   true,
                                   &state,
                                   &is_plain,
                                   &update<float>,
                                   &update<double>};
  return optimizer;
}

}  // namespace fedtide
