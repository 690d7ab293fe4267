#include "sim/model/layers/average_pool.h"

#include <algorithm>

#include "sim/model/layer_entry.h"

namespace fedtide {

Shape AveragePoolSpec::output(const Shape& in) const {
  if (!size) return {Shape::Kind::features, in.channels, 1, 1, 1};
  return {Shape::Kind::image, in.channels, window_span(in.height, *size, stride, 0).outputs,
          window_span(in.width, *size, stride, 0).outputs, 1};
}

template <class T>
AveragePool<T>::AveragePool(const AveragePoolSpec& spec, const Shape& in, Layout& /*layout*/,
                            const std::string& /*name*/)
    : in_(in),
      out_(spec.output(in)),
      height_(spec.size.value_or(in.height)),
      width_(spec.size.value_or(in.width)),
      stride_(spec.stride),
      rows_(out_.height),
      cols_(out_.width) {}

template <class T>
template <class Visit>
void AveragePool<T>::each_tap(Visit&& visit) const {
  for (Index oy = 0; oy < rows_; ++oy) {
    for (Index ox = 0; ox < cols_; ++ox) {
      for (Index ky = 0; ky < height_; ++ky) {
        for (Index kx = 0; kx < width_; ++kx) {
          visit(((oy * stride_ + ky) * in_.width + ox * stride_ + kx) * in_.channels, oy * cols_ + ox);
        }
      }
    }
  }
}

template <class T>
void AveragePool<T>::forward(const T* /*w*/, const T* x, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index channels = in_.channels;
  const T factor = T(1) / static_cast<T>(height_ * width_);
  for (Index j = 0; j < pass.count; ++j, x += in_.size(), y += out_.size()) {
    std::fill_n(y, out_.size(), T(0));
    each_tap([&](Index from, Index pixel) {
      T* sum = y + pixel * channels;
      for (Index c = 0; c < channels; ++c) sum[c] += x[from + c];
    });
    for (Index i = 0; i < out_.size(); ++i) y[i] *= factor;
  }
}

template <class T>
void AveragePool<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* /*target*/,
                              LayerSpace* /*space*/, const Pass<T>& pass) const {
  if (dx == nullptr) return;
  const Index channels = in_.channels;
  const T factor = T(1) / static_cast<T>(height_ * width_);
  std::fill_n(dx, in_.size() * pass.count, T(0));
  for (Index j = 0; j < pass.count; ++j, dx += in_.size(), dy += out_.size()) {
    each_tap([&](Index to, Index pixel) {
      const T* delta = dy + pixel * channels;
      for (Index c = 0; c < channels; ++c) dx[to + c] += factor * delta[c];
    });
  }
}

template class AveragePool<float>;
template class AveragePool<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  AveragePoolSpec spec;
  spec.size = section.whole_or(
      "size", "global", Number{2.0, between(1, 1e3), "height and width of a window; global: the whole image", ""});
  Number stride;
  stride.bounds = between(1, 1e3);
  stride.help = "pixels from one window to the next, by default the size";
  const std::optional<std::int64_t> written = section.maybe_whole("stride", stride);
  if (!spec.size && written) section.reject("stride", "a global mean has one window; leave it out");
  spec.stride = written.value_or(spec.size.value_or(1));
  return std::make_shared<AveragePoolFactory>(spec);
}

const Registration<LayerEntry> entry{
    LayerEntry{About{"average_pool", "mean of each window, or of the whole image", ""}, &read}};

}  // namespace
}  // namespace fedtide
