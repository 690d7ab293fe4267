// SGD, with momentum and weight decay if asked for.
// Robbins, Monro: A stochastic approximation method. Annals of Mathematical Statistics 22, 1951.
// Sutskever, Martens, Dahl, Hinton: On the importance of initialization and momentum in deep learning. ICML 2013.
//
//   g_t <- grad + weight_decay theta
//   v_t <- mu v_{t-1} - lr g_t
//   theta_t <- theta_{t-1} + v_t,  or with nesterov  theta_{t-1} + mu v_t - lr g_t

#include "sim/learn/solver.h"

namespace fedtide {
namespace {

template <class T>
void update(const Update<T>& u) {
  const Eigen::Map<const Vector<T>> theta(u.w, u.size);
  Eigen::Map<Vector<T>> step(u.step, u.size);  // -lr g_t
  if (u.spec.weight_decay != 0) step -= u.lr * static_cast<T>(u.spec.weight_decay) * theta;
  if (u.spec.momentum == 0) return;
  const T mu = static_cast<T>(u.spec.momentum);
  Eigen::Map<Vector<T>> v(u.first, u.size);
  v = mu * v + step;
  if (u.spec.nesterov) {
    step += mu * v;
  } else {
    step = v;
  }
}

void read(Section& section, SolverSpec& spec) {
  spec.lr = section.real("lr", Number{0.1, positive(), "learning rate of round 0", ""});
  Bounds below_one = between(0, 1);
  below_one.high_open = true;
  spec.momentum =
      section.real("momentum", Number{0.0, below_one, "v <- momentum v - lr g; w <- w + v; v is 0 when a client starts",
                                      "Sutskever et al. 2013"});
  spec.nesterov =
      section.flag("nesterov", Flag{false, "looks ahead: w <- w + momentum v - lr g", "Sutskever et al. 2013"});
  spec.weight_decay = section.real(
      "weight_decay", Number{0.0, non_negative(), "adds weight_decay w to each gradient", "Krogh and Hertz 1991"});
  if (spec.nesterov && spec.momentum == 0 && !section.describing()) {
    section.reject("nesterov", "needs momentum, got momentum 0; write a momentum greater than 0, or nesterov: false");
  }
}

OptimizerState state(const SolverSpec& spec) { return {.first = spec.momentum != 0}; }
bool is_plain(const SolverSpec& spec) { return spec.momentum == 0 && spec.weight_decay == 0; }

}  // namespace

const Optimizer& sgd() {
  static const Optimizer optimizer{{"sgd", "mini-batch stochastic gradient descent", "Robbins and Monro 1951"},
                                   &read,
                                   false,
                                   &state,
                                   &is_plain,
                                   &update<float>,
                                   &update<double>};
  return optimizer;
}

}  // namespace fedtide
