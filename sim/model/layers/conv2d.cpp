#include "sim/model/layers/conv2d.h"

#include <algorithm>

#include "sim/model/layer_entry.h"
#include "sim/model/layers/activation.h"
#include "sim/model/layers/conv_pool.h"
#include "sim/model/product.h"
#include "sim/model/read_init.h"

namespace fedtide {
namespace {

constexpr Index kColumns = 512;  ///< pixels gathered at once, unless one sample has more: they stay in L2 cache

}  // namespace

std::string Conv2dSpec::mismatch(const Shape& in) const { return window_mismatch(in, kernel, padding); }

Shape Conv2dSpec::output(const Shape& in) const {
  return {Shape::Kind::image, channels, window_span(in.height, kernel, stride, padding).outputs,
          window_span(in.width, kernel, stride, padding).outputs, 1};
}

template <class T>
struct Conv2d<T>::Space final : LayerSpace {
  Index chunk = 0;     ///< samples gathered at once
  Vector<T> columns;   ///< [depth * pixels * chunk]
  Vector<T> gradient;  ///< [out * depth]
};

template <class T>
Conv2d<T>::Conv2d(const Conv2dSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec),
      in_(in),
      out_(spec.output(in)),
      rows_(window_span(in.height, spec.kernel, spec.stride, spec.padding)),
      cols_(window_span(in.width, spec.kernel, spec.stride, spec.padding)) {
  weight_ = layout.add(name + ".weight", {spec.channels, spec.kernel, spec.kernel, in.channels});
  if (spec.bias) bias_ = layout.add(name + ".bias", {spec.channels});
}

template <class T>
void Conv2d<T>::initialize(T* w, Stream& stream) const {
  fedtide::initialize(spec_.init, depth(), spec_.kernel * spec_.kernel * spec_.channels, stream, w + weight_,
                      spec_.channels * depth());
}

template <class T>
std::unique_ptr<LayerSpace> Conv2d<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  space->chunk = std::clamp<Index>(kColumns / out_.positions(), 1, samples);
  space->columns.setZero(depth() * out_.positions() * space->chunk);
  space->gradient.setZero(spec_.channels * depth());
  return space;
}

/// columns [kernel_h * kernel_w * in, pixels]: what each window sees, zero outside the image.
template <class T>
void Conv2d<T>::gather(const T* image, T* columns) const {
  const Index channels = in_.channels;
  const Index line = spec_.kernel * channels;
  for (Index oy = 0; oy < rows_.outputs; ++oy) {
    for (Index ox = 0; ox < cols_.outputs; ++ox) {
      const Index left = std::clamp<Index>(cols_.begin(ox), 0, spec_.kernel) * channels;
      const Index right = std::max(left, cols_.end(ox) * channels);
      for (Index ky = 0; ky < spec_.kernel; ++ky, columns += line) {
        const Index y = rows_.first(oy) + ky;
        if (y < 0 || y >= in_.height) {
          std::fill_n(columns, line, T(0));
          continue;
        }
        const T* from = image + (y * in_.width + cols_.first(ox)) * channels;
        std::fill(columns, columns + left, T(0));
        std::copy(from + left, from + right, columns + left);
        std::fill(columns + right, columns + line, T(0));
      }
    }
  }
}

/// The transpose of `gather`: adds to the image what its pixels have in each window.
template <class T>
void Conv2d<T>::scatter(const T* columns, T* image) const {
  const Index channels = in_.channels;
  const Index line = spec_.kernel * channels;
  for (Index oy = 0; oy < rows_.outputs; ++oy) {
    for (Index ox = 0; ox < cols_.outputs; ++ox) {
      const Index left = std::clamp<Index>(cols_.begin(ox), 0, spec_.kernel) * channels;
      const Index right = std::max(left, cols_.end(ox) * channels);
      for (Index ky = 0; ky < spec_.kernel; ++ky, columns += line) {
        const Index y = rows_.first(oy) + ky;
        if (y < 0 || y >= in_.height) continue;
        T* to = image + (y * in_.width + cols_.first(ox)) * channels;
        for (Index i = left; i < right; ++i) to[i] += columns[i];
      }
    }
  }
}

template <class T>
void Conv2d<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index pixels = out_.positions(), out = spec_.channels;
  for (Index begin = 0; begin < pass.count; begin += own.chunk) {
    const Index samples = std::min(own.chunk, pass.count - begin);
    for (Index j = 0; j < samples; ++j) {
      gather(x + (begin + j) * in_.size(), own.columns.data() + j * depth() * pixels);
    }
    Eigen::Map<Matrix<T>> z(y + begin * out_.size(), out, pixels * samples);
    if (spec_.bias) {
      z.colwise() = Eigen::Map<const Vector<T>>(w + bias_, out);
    } else {
      z.setZero();
    }
    add_weights_times(w + weight_, out, depth(), own.columns.data(), z.cols(), z.data(), *pass.product);
    activate(spec_.activation, z.data(), z.size());
  }
}

template <class T>
void Conv2d<T>::backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                         const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index pixels = out_.positions(), out = spec_.channels;
  multiply_by_derivative(spec_.activation, y, dy, out_.size() * pass.count);
  own.gradient.setZero();
  for (Index begin = 0; begin < pass.count; begin += own.chunk) {
    const Index samples = std::min(own.chunk, pass.count - begin);
    const T* dz = dy + begin * out_.size();
    for (Index j = 0; j < samples; ++j) {
      gather(x + (begin + j) * in_.size(), own.columns.data() + j * depth() * pixels);
    }
    add_outer_products(dz, out, own.columns.data(), depth(), pixels * samples, own.gradient.data(), *pass.product);
    if (dx == nullptr) continue;
    own.columns.head(depth() * pixels * samples).setZero();
    add_transposed_weights_times(w + weight_, out, depth(), dz, pixels * samples, own.columns.data(), *pass.product);
    std::fill_n(dx + begin * in_.size(), in_.size() * samples, T(0));
    for (Index j = 0; j < samples; ++j) {
      scatter(own.columns.data() + j * depth() * pixels, dx + (begin + j) * in_.size());
    }
  }
  Eigen::Map<Vector<T>>(target + weight_, own.gradient.size()) += own.gradient;
  if (spec_.bias) add_column_sums(dy, out, pixels * pass.count, target + bias_);
}

template class Conv2d<float>;
template class Conv2d<double>;

std::shared_ptr<const LayerFactory> Conv2dFactory::fused_with(const LayerFactory& next) const {
  if (spec().activation != Activation::none) return fuse_pool(spec(), next);
  const Activation after = in_place_activation(next);
  if (after == Activation::none) return nullptr;
  Conv2dSpec both = spec();
  both.activation = after;
  return std::make_shared<Conv2dFactory>(both);
}

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  Conv2dSpec spec;
  spec.channels = section.whole("channels", Number{{}, between(1, 1e5), "channels of the output", ""});
  spec.kernel = section.whole("kernel", Number{3.0, between(1, 1e3), "height and width of the kernel", ""});
  spec.stride = section.whole("stride", Number{1.0, between(1, 1e3), "pixels from one window to the next", ""});
  spec.padding = section.whole_or(
      "padding", "same",
      Number{0.0, between(0, 1e3), "pixels of zeros around the image; same: as many outputs as pixels / stride", ""});
  spec.bias = section.flag("bias", Flag{true, "adds a constant to each channel", ""});
  spec.init = read_init(section, "he");
  return std::make_shared<Conv2dFactory>(spec);
}

const Registration<LayerEntry> entry{LayerEntry{About{"conv2d", "two-dimensional convolution", ""}, &read}};

}  // namespace

}  // namespace fedtide
