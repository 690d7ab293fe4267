#pragma once
// Layer normalization: Ba, Kiros and Hinton, "Layer Normalization", 2016.

#include "sim/model/layer.h"

namespace fedtide {

struct LayerNormSpec {
  double epsilon = 1e-5;

  static std::string_view name() { return "layer_norm"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return in; }
};

/// The channels of each position (all of a sample's features, of a step of a sequence, of a pixel) get mean 0 and
/// variance 1, then each a factor and an offset. A whole image at once is group_norm with one group. Ranges:
/// "layer_norm1.gamma" and ".beta" [channels].
template <class T>
class LayerNorm final : public Layer<T> {
 public:
  LayerNorm(const LayerNormSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return shape_; }
  /// Seven a value: a sum, a deviation, a sum of squares, a factor, and gamma and beta.
  double flops() const override { return 7.0 * static_cast<double>(shape_.size()); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  LayerNormSpec spec_;
  Shape shape_;
  Index gamma_ = 0;  ///< offset
  Index beta_ = 0;   ///< offset
};

using LayerNormFactory = LayerFactoryOf<LayerNorm, LayerNormSpec>;

}  // namespace fedtide
