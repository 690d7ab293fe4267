#pragma once
// First weights of a layer.

#include <cmath>

#include "sim/base/distributions.h"
#include "sim/base/vector.h"

namespace fedtide {

/// Uniform in (-a, a). glorot: a = sqrt(6 / (in + out)) (Glorot and Bengio 2010); he: a = sqrt(6 / in) (He et al.
/// 2015); lecun: a = 1 / sqrt(in), PyTorch's default for dense and convolutional layers.
enum class Init { glorot, he, lecun, zeros };

/// w[n]; `in` and `out` are the layer's fan-in and fan-out. Never -0.0.
template <class T>
void initialize(Init init, Index in, Index out, Stream& stream, T* w, Index n) {
  double a = 0;
  switch (init) {
    case Init::glorot:
      a = std::sqrt(6.0 / static_cast<double>(in + out));
      break;
    case Init::he:
      a = std::sqrt(6.0 / static_cast<double>(in));
      break;
    case Init::lecun:
      a = 1.0 / std::sqrt(static_cast<double>(in));
      break;
    case Init::zeros:
      break;
  }
  for (Index i = 0; i < n; ++i)
    w[i] = init == Init::zeros ? T(0) : static_cast<T>(a * (2.0 * uniform(stream) - 1.0)) + T(0);
}

}  // namespace fedtide
