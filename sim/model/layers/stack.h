#pragma once
// Layers one after the other, as one layer.

#include <map>
#include <vector>

#include "sim/model/layer.h"

namespace fedtide {

/// Counts layers by kind, so that ranges are called "dense1", "dense2", ... over the whole model.
using LayerCounts = std::map<std::string, int, std::less<>>;

/// Why these layers do not fit together: "layers[3] conv2d: ..."; empty when they do. `out` becomes the last output.
std::string layers_mismatch(const LayerList& layers, const Shape& in, Shape& out);

template <class T>
class Stack final : public Layer<T> {
 public:
  /// Layers that can be are fused. There is at least one that is not a view. Layers within a layer have its name and a
  /// dot before theirs.
  Stack(const LayerList& layers, const Shape& in, Layout& layout, LayerCounts& counts, const std::string& prefix = "");

  Shape output() const override { return shapes_.back(); }
  double flops() const override;
  /// Without dx, the first layer that has weights needs no gradient of its input.
  double backward_flops(bool input_gradient) const override;
  double training_flops() const { return flops() + backward_flops(false); }
  bool has_weights() const override { return first_trained_ < layers_.size(); }
  bool couples_samples() const override;
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  std::vector<std::unique_ptr<Layer<T>>> layers_;
  std::vector<Shape> shapes_;      ///< [layers + 1]: what each layer takes, then the output
  std::size_t first_trained_ = 0;  ///< first layer that has weights
};

}  // namespace fedtide
