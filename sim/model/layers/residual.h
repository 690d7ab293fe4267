#pragma once
// The sum of layers and of a shortcut around them: He et al., "Deep Residual Learning for Image Recognition", 2016.

#include "sim/model/layers/stack.h"

namespace fedtide {

struct ResidualSpec {
  LayerList layers;
  LayerList shortcut;  ///< none: the input itself

  static std::string_view name() { return "residual"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// Ranges: those of the layers, as "residual1.conv2d1.weight", then those of the shortcut, as
/// "residual1.shortcut.conv2d1.weight".
template <class T>
class Residual final : public Layer<T> {
 public:
  Residual(const ResidualSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return layers_->output(); }
  double flops() const override;
  double backward_flops(bool input_gradient) const override;
  bool has_weights() const override;
  bool couples_samples() const override;
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  Shape in_;
  std::unique_ptr<Stack<T>> layers_, shortcut_;  ///< no shortcut: the input itself
};

using ResidualFactory = LayerFactoryOf<Residual, ResidualSpec>;

}  // namespace fedtide
