#include "sim/model/layers/gelu.h"

#include <cmath>
#include <numbers>

#include "sim/model/layer_entry.h"
#include "sim/model/layers/activation.h"

namespace fedtide {
namespace {

/// Phi(x); erfc keeps its digits far below 0.
template <class T>
T normal_share(T x) {
  return T(0.5) * std::erfc(-x / std::numbers::sqrt2_v<T>);
}

}  // namespace

std::string GeluSpec::mismatch(const Shape& in) const { return ActivationSpec{}.mismatch(in); }

template <class T>
void Gelu<T>::forward(const T* /*w*/, const T* x, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index n = shape_.size() * pass.count;
  for (Index i = 0; i < n; ++i) y[i] = x[i] * normal_share(x[i]);
}

template <class T>
void Gelu<T>::backward(const T* /*w*/, const T* x, const T* /*y*/, T* dy, T* dx, T* /*target*/, LayerSpace* /*space*/,
                       const Pass<T>& pass) const {
  if (dx == nullptr) return;
  const Index n = shape_.size() * pass.count;
  const T peak = T(0.5) * std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;  // 1 / sqrt(2 pi)
  for (Index i = 0; i < n; ++i) {
    dx[i] = dy[i] * (normal_share(x[i]) + x[i] * peak * std::exp(T(-0.5) * x[i] * x[i]));
  }
}

template class Gelu<float>;
template class Gelu<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& /*section*/) { return std::make_shared<GeluFactory>(GeluSpec{}); }

const Registration<LayerEntry> entry{
    LayerEntry{About{"gelu", "z times the normal distribution function of z", "Hendrycks and Gimpel 2016"}, &read}};

}  // namespace
}  // namespace fedtide
