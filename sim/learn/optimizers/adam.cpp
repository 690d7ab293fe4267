// Adam. A client starts with moments of 0 in each local training.
// Kingma, Ba: Adam: A Method for Stochastic Optimization. ICLR 2015 (arXiv 1412.6980), algorithm 1; see adam_moments.h.

#include "sim/learn/optimizers/adam_moments.h"

namespace fedtide {
namespace {

template <class T>
void update(const Update<T>& u) {
  adam_step(u, static_cast<T>(u.spec.weight_decay));
}

void read(Section& section, SolverSpec& spec) {
  read_adam(section, spec);
  spec.weight_decay = section.real(
      "weight_decay", Number{0.0, non_negative(), "adds weight_decay w to each gradient, before the moments", ""});
}

OptimizerState state(const SolverSpec&) { return {true, true}; }
bool is_plain(const SolverSpec&) { return false; }

}  // namespace

const Optimizer& adam() {
  static const Optimizer optimizer{{"adam", "steps scaled by running moments of the gradient", "Kingma and Ba 2015"},
                                   &read,
                                   true,
                                   &state,
                                   &is_plain,
                                   &update<float>,
                                   &update<double>};
  return optimizer;
}

}  // namespace fedtide
