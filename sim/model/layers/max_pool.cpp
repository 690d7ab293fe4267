#include "sim/model/layers/max_pool.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/model/layer_entry.h"

namespace fedtide {

Shape MaxPoolSpec::output(const Shape& in) const {
  return {Shape::Kind::image, in.channels, window_span(in.height, size, stride, 0).outputs,
          window_span(in.width, size, stride, 0).outputs, 1};
}

template <class T>
struct MaxPool<T>::Space final : LayerSpace {
  std::vector<std::int32_t> largest;  ///< [outputs * samples]: place in the sample of the value that won
};

template <class T>
MaxPool<T>::MaxPool(const MaxPoolSpec& spec, const Shape& in, Layout& /*layout*/, const std::string& /*name*/)
    : spec_(spec), in_(in), out_(spec.output(in)) {}

template <class T>
std::unique_ptr<LayerSpace> MaxPool<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  space->largest.resize(static_cast<std::size_t>(out_.size() * samples));
  return space;
}

template <class T>
void MaxPool<T>::forward(const T* /*w*/, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  std::int32_t* largest = static_cast<Space&>(*space).largest.data();
  const Index channels = in_.channels;
  for (Index j = 0; j < pass.count; ++j, x += in_.size()) {
    for (Index oy = 0; oy < out_.height; ++oy) {
      for (Index ox = 0; ox < out_.width; ++ox, y += channels, largest += channels) {
        const Index corner = (oy * in_.width + ox) * spec_.stride * channels;
        for (Index c = 0; c < channels; ++c) {
          y[c] = x[corner + c];
          largest[c] = static_cast<std::int32_t>(corner + c);
        }
        for (Index k = 1; k < spec_.size * spec_.size; ++k) {
          const Index at = corner + (k / spec_.size * in_.width + k % spec_.size) * channels;
          for (Index c = 0; c < channels; ++c) {
            const T value = x[at + c];
            const bool wins = value > y[c] || value != value;
            y[c] = wins ? value : y[c];
            largest[c] = wins ? static_cast<std::int32_t>(at + c) : largest[c];
          }
        }
      }
    }
  }
}

template <class T>
void MaxPool<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* /*target*/,
                          LayerSpace* space, const Pass<T>& pass) const {
  if (dx == nullptr) return;
  const std::int32_t* largest = static_cast<Space&>(*space).largest.data();
  std::fill_n(dx, in_.size() * pass.count, T(0));
  for (Index j = 0; j < pass.count; ++j, dx += in_.size(), dy += out_.size(), largest += out_.size()) {
    for (Index i = 0; i < out_.size(); ++i) dx[largest[i]] += dy[i];
  }
}

template class MaxPool<float>;
template class MaxPool<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  MaxPoolSpec spec;
  spec.size = section.whole("size", Number{2.0, between(1, 1e3), "height and width of a window", ""});
  Number stride;
  stride.bounds = between(1, 1e3);
  stride.help = "pixels from one window to the next, by default the size";
  spec.stride = section.maybe_whole("stride", stride).value_or(spec.size);
  return std::make_shared<MaxPoolFactory>(spec);
}

const Registration<LayerEntry> entry{LayerEntry{About{"max_pool", "largest value of each window", ""}, &read}};

}  // namespace

}  // namespace fedtide
