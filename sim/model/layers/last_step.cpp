#include "sim/model/layers/last_step.h"

#include <algorithm>

#include "sim/model/layers/gate_weights.h"

namespace fedtide {

std::string LastStepSpec::mismatch(const Shape& in) const { return sequence_mismatch(in); }

template <class T>
void LastStep<T>::forward(const T* /*w*/, const T* x, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index step = pass.count * in_.channels;
  std::copy_n(x + (in_.steps - 1) * step, step, y);
}

template <class T>
void LastStep<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* /*target*/,
                           LayerSpace* /*space*/, const Pass<T>& pass) const {
  if (dx == nullptr) return;
  const Index step = pass.count * in_.channels;
  std::fill_n(dx, (in_.steps - 1) * step, T(0));
  std::copy_n(dy, step, dx + (in_.steps - 1) * step);
}

template class LastStep<float>;
template class LastStep<double>;

}  // namespace fedtide
