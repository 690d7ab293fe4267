#pragma once
// The mean of each window, channel by channel.

#include "sim/model/layer.h"
#include "sim/model/layers/window.h"

namespace fedtide {

struct AveragePoolSpec {
  std::optional<Index> size = 2;  ///< height and width of a window; none: the whole image
  Index stride = 2;               ///< pixels from one window to the next

  static std::string_view name() { return "average_pool"; }
  std::string mismatch(const Shape& in) const { return window_mismatch(in, size.value_or(1), 0); }
  Shape output(const Shape& in) const;
};

/// No padding: pixels behind the last whole window count for nothing. Over the whole image it gives features.
template <class T>
class AveragePool final : public Layer<T> {
 public:
  AveragePool(const AveragePoolSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return out_; }
  /// A sum and one factor for each window.
  double flops() const override { return static_cast<double>(height_ * width_ * out_.size()); }
  double backward_flops(bool input_gradient) const override { return input_gradient ? flops() : 0; }
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  /// Calls visit(place in the sample of a pixel's channels, output pixel) for every pixel of every window.
  template <class Visit>
  void each_tap(Visit&& visit) const;

  Shape in_, out_;
  Index height_, width_;  ///< of a window
  Index stride_;
  Index rows_, cols_;  ///< windows
};

using AveragePoolFactory = LayerFactoryOf<AveragePool, AveragePoolSpec>;

}  // namespace fedtide
