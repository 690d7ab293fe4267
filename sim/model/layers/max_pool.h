#pragma once
// The largest value of each window, channel by channel.

#include "sim/model/layer.h"
#include "sim/model/layers/window.h"

namespace fedtide {

struct MaxPoolSpec {
  Index size = 2;    ///< height and width of a window
  Index stride = 2;  ///< pixels from one window to the next

  static std::string_view name() { return "max_pool"; }
  std::string mismatch(const Shape& in) const { return window_mismatch(in, size, 0); }
  Shape output(const Shape& in) const;
};

/// No padding: pixels behind the last whole window count for nothing. Of equal values the first wins, row by row; a
/// value that is not a number wins over all.
template <class T>
class MaxPool final : public Layer<T> {
 public:
  MaxPool(const MaxPoolSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return out_; }
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  MaxPoolSpec spec_;
  Shape in_, out_;
};

using MaxPoolFactory = LayerFactoryOf<MaxPool, MaxPoolSpec>;

}  // namespace fedtide
