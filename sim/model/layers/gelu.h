#pragma once
// x Phi(x), with the distribution function Phi of the standard normal: Hendrycks and Gimpel 2016.

#include "sim/model/layer.h"

namespace fedtide {

struct GeluSpec {
  static std::string_view name() { return "gelu"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return in; }
};

/// The exact one, by the error function, not the approximation by tanh.
template <class T>
class Gelu final : public Layer<T> {
 public:
  Gelu(const GeluSpec& /*spec*/, const Shape& in, Layout& /*layout*/, const std::string& /*name*/) : shape_(in) {}

  Shape output() const override { return shape_; }
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  Shape shape_;
};

using GeluFactory = LayerFactoryOf<Gelu, GeluSpec>;

}  // namespace fedtide
