#pragma once
// What Adam and AdamW share: the two moments and the step along them.

#include <cmath>

#include "sim/learn/solver.h"

namespace fedtide {

/// Kingma and Ba, algorithm 1, with g_t <- g_t + l2 theta before it:
///   m_t <- beta1 m_{t-1} + (1 - beta1) g_t;  v_t <- beta2 v_{t-1} + (1 - beta2) g_t^2
///   step <- -alpha (m_t / (1 - beta1^t)) / (sqrt(v_t / (1 - beta2^t)) + epsilon)
template <class T>
void adam_step(const Update<T>& u, T l2) {
  const T beta1 = static_cast<T>(u.spec.beta1), beta2 = static_cast<T>(u.spec.beta2);
  const T rest1 = T(1) - beta1, rest2 = T(1) - beta2;
  const auto t = static_cast<double>(u.t);
  const T alpha = static_cast<T>(static_cast<double>(u.lr) / (1 - std::pow(u.spec.beta1, t)));
  const T root = static_cast<T>(std::sqrt(1 - std::pow(u.spec.beta2, t)));
  const T epsilon = static_cast<T>(u.spec.epsilon);
  const T* __restrict theta = u.w;
  T* __restrict step = u.step;
  T* __restrict m = u.first;
  T* __restrict v = u.second;
  for (Index i = 0; i < u.size; ++i) {
    const T g = l2 * theta[i] - step[i];
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * (g * g);
    step[i] = -alpha * m[i] / (std::sqrt(v[i]) / root + epsilon);
  }
}

/// The keys of both but weight_decay.
inline void read_adam(Section& section, SolverSpec& spec) {
  Bounds below_one = between(0, 1);
  below_one.high_open = true;
  spec.lr = section.real("lr", Number{0.001, positive(), "alpha, the step size of round 0", "Kingma and Ba 2015"});
  spec.beta1 = section.real("beta1", Number{0.9, below_one, "decay of the first moment", "Kingma and Ba 2015"});
  spec.beta2 = section.real("beta2", Number{0.999, below_one, "decay of the second moment", "Kingma and Ba 2015"});
  spec.epsilon = section.real("epsilon", Number{1e-8, positive(), "added to the root", "Kingma and Ba 2015"});
}

}  // namespace fedtide
