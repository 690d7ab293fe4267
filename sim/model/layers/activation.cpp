#include "sim/model/layers/activation.h"

#include <algorithm>

namespace fedtide {

template <class T>
void activate(Activation activation, T* z, Index n) {
  Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>> all(z, n);
  switch (activation) {
    case Activation::none:
      return;
    case Activation::relu:
      for (Index i = 0; i < n; ++i) z[i] = z[i] < T(0) ? T(0) : z[i];  // keeps what is not a number
      return;
    case Activation::tanh:
      all = all.tanh();
      return;
    case Activation::sigmoid:
      all = all.logistic();
      return;
  }
}

template <class T>
void multiply_by_derivative(Activation activation, const T* y, T* dy, Index n) {
  switch (activation) {
    case Activation::none:
      return;
    case Activation::relu:
      for (Index i = 0; i < n; ++i) dy[i] = y[i] > T(0) ? dy[i] : T(0);
      return;
    case Activation::tanh:
      for (Index i = 0; i < n; ++i) dy[i] *= T(1) - y[i] * y[i];
      return;
    case Activation::sigmoid:
      for (Index i = 0; i < n; ++i) dy[i] *= y[i] * (T(1) - y[i]);
      return;
  }
}

std::string_view ActivationSpec::name() const {
  switch (activation) {
    case Activation::none:
      return "identity";
    case Activation::relu:
      return "relu";
    case Activation::tanh:
      return "tanh";
    case Activation::sigmoid:
      return "sigmoid";
  }
  return "";
}

std::string ActivationSpec::mismatch(const Shape& in) const {
  const bool numbers =
      in.kind == Shape::Kind::features || in.kind == Shape::Kind::image || in.kind == Shape::Kind::sequence;
  return numbers ? "" : "takes numbers, got a " + in.text();
}

template <class T>
void ActivationLayer<T>::forward(const T* /*w*/, const T* x, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index n = shape_.size() * pass.count;
  std::copy_n(x, n, y);
  activate(activation_, y, n);
}

template <class T>
void ActivationLayer<T>::backward(const T* /*w*/, const T* /*x*/, const T* y, T* dy, T* dx, T* /*target*/,
                                  LayerSpace* /*space*/, const Pass<T>& pass) const {
  if (dx == nullptr) return;
  const Index n = shape_.size() * pass.count;
  multiply_by_derivative(activation_, y, dy, n);
  std::copy_n(dy, n, dx);
}

Activation in_place_activation(const LayerFactory& layer) {
  const auto* factory = dynamic_cast<const ActivationFactory*>(&layer);
  return factory == nullptr ? Activation::none : factory->spec().activation;
}

#define FEDTIDE_INSTANTIATE(T)                                              \
  template void activate<T>(Activation, T*, Index);                         \
  template void multiply_by_derivative<T>(Activation, const T*, T*, Index); \
  template class ActivationLayer<T>;
FEDTIDE_INSTANTIATE(float)
FEDTIDE_INSTANTIATE(double)
#undef FEDTIDE_INSTANTIATE

}  // namespace fedtide
