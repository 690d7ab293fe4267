#pragma once
// max(0, z), tanh(z), 1 / (1 + exp(-z)): as a layer of its own, and for layers that do it in place.

#include "sim/model/layers/dense.h"

namespace fedtide {

/// z[n] becomes the activation's value.
template <class T>
void activate(Activation activation, T* z, Index n);

/// dy[n] *= derivative at the value y[n].
template <class T>
void multiply_by_derivative(Activation activation, const T* y, T* dy, Index n);

struct ActivationSpec {
  Activation activation = Activation::relu;
  std::string_view name() const;
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return in; }
};

template <class T>
class ActivationLayer final : public Layer<T> {
 public:
  ActivationLayer(const ActivationSpec& spec, const Shape& in, Layout& /*layout*/, const std::string& /*name*/)
      : activation_(spec.activation), shape_(in) {}

  Shape output() const override { return shape_; }
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  Activation activation_;
  Shape shape_;
};

using ActivationFactory = LayerFactoryOf<ActivationLayer, ActivationSpec>;

/// The activation that a layer is, `none` for every other layer.
Activation in_place_activation(const LayerFactory& layer);

}  // namespace fedtide
