// AdaGrad, with the diagonal matrix.
// Duchi, Hazan, Singer: Adaptive Subgradient Methods for Online Learning and Stochastic Optimization. JMLR 12, 2011,
// figure 1 (delta is added to the root, x is unconstrained):
//
//   G_t <- G_{t-1} + g_t^2;  x_{t+1} <- x_t - eta g_t / (delta + sqrt(G_t))

#include <cmath>

#include "sim/learn/solver.h"

namespace fedtide {
namespace {

template <class T>
void update(const Update<T>& u) {
  const T eta = u.lr, delta = static_cast<T>(u.spec.epsilon), l2 = static_cast<T>(u.spec.weight_decay);
  const T* __restrict x = u.w;
  T* __restrict step = u.step;
  T* __restrict G = u.second;
  for (Index i = 0; i < u.size; ++i) {
    const T g = l2 * x[i] - step[i];
    G[i] += g * g;
    step[i] = -eta * g / (delta + std::sqrt(G[i]));
  }
}

void read(Section& section, SolverSpec& spec) {
  spec.lr = section.real("lr", Number{0.01, positive(), "eta, the step size of round 0", "Duchi et al. 2011"});
  spec.epsilon = section.real("epsilon", Number{1e-10, positive(), "delta, added to the root", "Duchi et al. 2011"});
  spec.weight_decay =
      section.real("weight_decay", Number{0.0, non_negative(), "adds weight_decay w to each gradient", ""});
}

OptimizerState state(const SolverSpec&) { return {false, true}; }
bool is_plain(const SolverSpec&) { return false; }

}  // namespace

const Optimizer& adagrad() {
  static const Optimizer optimizer{{"adagrad", "steps scaled by the sum of squared gradients", "Duchi et al. 2011"},
                                   &read,
                                   true,
                                   &state,
                                   &is_plain,
                                   &update<float>,
                                   &update<double>};
  return optimizer;
}

}  // namespace fedtide
