// Gradient clipping.
// Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks. ICML 2013, algorithm 1:
//
//   if ||g|| > threshold:  g <- (threshold / ||g||) g

#include <cmath>

#include "sim/learn/solver.h"

namespace fedtide {

template <class T>
void clip_step(const SolverSpec& spec, T rate, const std::vector<Stretch>& trained, Vector<T>& step) {
  if (spec.clip_value) {
    const T most = static_cast<T>(static_cast<double>(rate) * *spec.clip_value);
    for (const Stretch& s : trained) {
      for (T& x : step.segment(s.begin, s.size)) {
        if (std::abs(x) > most) x = std::copysign(most, x);  // what is not a number stays so, and is found
      }
    }
  }
  if (!spec.clip_norm) return;
  double squares = 0;
  for (const Stretch& s : trained) squares += step.segment(s.begin, s.size).template cast<double>().squaredNorm();
  const double threshold = static_cast<double>(rate) * *spec.clip_norm, norm = std::sqrt(squares);
  if (norm <= threshold) return;
  const T factor = static_cast<T>(threshold / norm);
  for (const Stretch& s : trained) step.segment(s.begin, s.size) *= factor;
}

template void clip_step<float>(const SolverSpec&, float, const std::vector<Stretch>&, Vector<float>&);
template void clip_step<double>(const SolverSpec&, double, const std::vector<Stretch>&, Vector<double>&);

}  // namespace fedtide
