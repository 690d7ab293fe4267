#pragma once
// Two-dimensional convolution (cross-correlation, as everywhere in deep learning), and an activation where one follows.

#include "sim/model/initialize.h"
#include "sim/model/layer.h"
#include "sim/model/layers/dense.h"
#include "sim/model/layers/window.h"

namespace fedtide {

struct Conv2dSpec {
  Index channels = 0;                ///< of the output
  Index kernel = 3;                  ///< height and width
  Index stride = 1;                  ///< in both directions
  std::optional<Index> padding = 0;  ///< pixels of zeros on every side; none: `same`
  bool bias = true;
  Init init = Init::he;
  Activation activation = Activation::none;

  static std::string_view name() { return "conv2d"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// Ranges: "conv2d1.weight" [out, kernel_h, kernel_w, in] and "conv2d1.bias" [out]. Any shape and scalar: patches are
/// gathered into columns [kernel_h * kernel_w * in, pixels], and a product does the rest.
template <class T>
class Conv2d final : public Layer<T> {
 public:
  Conv2d(const Conv2dSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return out_; }
  /// Those of the product, zeros of the padding included.
  double flops() const override { return 2.0 * static_cast<double>(depth() * out_.size()); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  Index depth() const { return spec_.kernel * spec_.kernel * in_.channels; }
  void gather(const T* image, T* columns) const;
  void scatter(const T* columns, T* image) const;

  Conv2dSpec spec_;
  Shape in_, out_;
  WindowSpan rows_, cols_;
  Index weight_ = 0;  ///< offset
  Index bias_ = 0;    ///< offset
};

class Conv2dFactory final : public LayerFactoryOf<Conv2d, Conv2dSpec> {
 public:
  using LayerFactoryOf::LayerFactoryOf;
  std::shared_ptr<const LayerFactory> fused_with(const LayerFactory& next) const override;
};

}  // namespace fedtide
