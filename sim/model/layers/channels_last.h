#pragma once
// Images come as planes, one a channel; layers want a pixel's channels beside each other.

#include "sim/model/layer.h"

namespace fedtide {

struct ChannelsLastSpec {
  static std::string_view name() { return "channels_last"; }
  static std::string mismatch(const Shape& /*in*/) { return ""; }
  static Shape output(const Shape& in) { return in; }
};

/// [width, height, channels, n] to [channels, width, height, n]. A network puts it first where it is needed.
template <class T>
class ChannelsLast final : public Layer<T> {
 public:
  ChannelsLast(const ChannelsLastSpec& /*spec*/, const Shape& in, Layout& /*layout*/, const std::string& /*name*/)
      : shape_(in) {}
  Shape output() const override { return shape_; }
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  Shape shape_;
};

using ChannelsLastFactory = LayerFactoryOf<ChannelsLast, ChannelsLastSpec>;

}  // namespace fedtide
