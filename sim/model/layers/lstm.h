#pragma once
// Long short-term memory (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000).

#include "sim/model/layer.h"
#include "sim/model/layers/gate_weights.h"

namespace fedtide {

struct LstmSpec {
  Index units = 0;
  bool peephole = false;   ///< gates see the cells (Gers, Schraudolph and Schmidhuber 2002)
  double forget_bias = 1;  ///< first bias of the forget gate (Jozefowicz et al. 2015); all others are 0

  static std::string_view name() { return "lstm"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// h and c start at 0; at each step, with PyTorch's equations and order of gates:
///   i, f, o = sigmoid(W x + U h + b), g = tanh(W x + U h + b); c = f c + i g; h = o tanh(c).
/// Ranges: "lstm1.weight" [4 units, in], "lstm1.recurrent" [4 units, units], "lstm1.bias" [4 units] (one for each gate
/// of a unit, where PyTorch has two that are only ever added), gates in the order i, f, g, o; with peepholes
/// "lstm1.peephole" [3, units] of i, f, o. First weights: uniform in +-1 / sqrt(units), as PyTorch's; peepholes 0.
/// One product makes all steps' W x, and one each the weights' gradients.
template <class T>
class Lstm final : public Layer<T> {
 public:
  Lstm(const LstmSpec& spec, const Shape& in, Layout& layout, const std::string& name);

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
  void add_peephole_gradient(Space& s, Index n, T* target) const;

  LstmSpec spec_;
  Shape in_;
  Index weight_ = 0, recurrent_ = 0, bias_ = 0, peephole_ = 0;  ///< offsets
};

using LstmFactory = LayerFactoryOf<Lstm, LstmSpec>;

}  // namespace fedtide
