#pragma once
// Gated recurrent unit (Cho et al. 2014), in the form whose recurrent product is one for all gates.

#include "sim/model/layer.h"
#include "sim/model/layers/gate_weights.h"

namespace fedtide {

struct GruSpec {
  Index units = 0;

  static std::string_view name() { return "gru"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// h starts at 0; at each step, with PyTorch's equations and order of gates:
///   r, u = sigmoid(W x + b + U h + b'), n = tanh(W x + b + r (U h + b')); h = (1 - u) n + u h.
/// Ranges: "gru1.weight" [3 units, in], "gru1.recurrent" [3 units, units], "gru1.bias" [3 units] and, since that of the
/// candidate is within the reset, a second one "gru1.recurrent_bias" [3 units]; gates in the order r, u, n. First
/// weights: uniform in +-1 / sqrt(units), as PyTorch's; biases 0.
template <class T>
class Gru final : public Layer<T> {
 public:
  Gru(const GruSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  double flops() const override;
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  GruSpec spec_;
  Shape in_;
  Index weight_ = 0, recurrent_ = 0, bias_ = 0, recurrent_bias_ = 0;  ///< offsets
};

using GruFactory = LayerFactoryOf<Gru, GruSpec>;

}  // namespace fedtide
