#include "sim/model/layers/conv_pool.h"

#include <algorithm>
#include <type_traits>

#include "sim/model/line_vector.h"

namespace fedtide {
namespace {

constexpr Index kMostChannels = 256;  ///< the kernels keep channels in bytes

}  // namespace

std::string ConvPoolSpec::mismatch(const Shape& in) const {
  const std::string why = conv.mismatch(in);
  return why.empty() ? pool.mismatch(conv.output(in)) : why;
}

template <class T>
struct ConvPool<T>::Space final : LayerSpace {
  LineVector<T> prepared;            ///< weights in the kernels' order
  LineVector<T> backward;            ///< the same for the backward pass
  LineVector<T> scratch;             ///< of the forward kernel
  LineVector<T> image, gradient;     ///< one padded image, and the loss's gradient there
  LineVector<T> dw;                  ///< in the kernels' order
  std::vector<std::uint8_t> places;  ///< [lanes * pixels * samples]
  std::vector<kernels::PoolEntry> by_channel;
  std::vector<std::uint32_t> in_channel;
  std::vector<std::uint8_t> by_place;
  std::vector<std::uint16_t> in_place;

  kernels::PoolLists lists() { return {by_channel.data(), in_channel.data(), by_place.data(), in_place.data()}; }
};

template <class T>
struct ConvPool<T>::TwoLayers final : LayerSpace {
  std::unique_ptr<LayerSpace> conv, pool;
  Vector<T> values, deltas;  ///< between the two
};

template <class T>
ConvPool<T>::ConvPool(const ConvPoolSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec),
      in_(in),
      out_(spec.output(in)),
      weight_(layout.size()),
      bias_(layout.size() + spec.conv.channels * spec.conv.kernel * spec.conv.kernel * in.channels),
      conv_(spec.conv, in, layout, name),
      pool_(spec.pool, conv_.output(), layout, name) {
  const WindowSpan rows = window_span(in.height, spec.conv.kernel, 1, spec.conv.padding);
  padding_ = -rows.first(0);
  kernels::ConvPool sizes;
  sizes.width = in.width + 2 * padding_;
  sizes.height = in.height + 2 * padding_;
  sizes.in = in.channels;
  sizes.kernel = spec.conv.kernel;
  sizes.out = spec.conv.channels;
  sizes.pooled_width = out_.width;
  sizes.pooled_height = out_.height;
  sizes_ = kernels::complete(sizes);
}

template <class T>
const kernels::ConvPoolKernels* ConvPool<T>::kernels() const {
  return std::is_same_v<T, float> ? kernels::conv_pool_kernels() : nullptr;
}

template <class T>
std::unique_ptr<LayerSpace> ConvPool<T>::make_space(Index samples) const {
  const auto* kernel = kernels();
  if (kernel == nullptr) {
    auto space = std::make_unique<TwoLayers>();
    space->conv = conv_.make_space(samples);
    space->pool = pool_.make_space(samples);
    space->values.setZero(conv_.output().size() * samples);
    space->deltas.setZero(space->values.size());
    return space;
  }
  auto space = std::make_unique<Space>();
  space->prepared.setZero(kernel->prepared_size(sizes_));
  space->backward.setZero(kernel->backward_size(sizes_));
  space->scratch.setZero(kernel->scratch_size(sizes_));
  space->image.setZero(sizes_.row * sizes_.height + kernels::ConvPool::kBehind);
  space->gradient.setZero(space->image.size());
  space->dw.setZero(kernel->gradient_size(sizes_));
  const auto pixels = static_cast<std::size_t>(sizes_.pixels), lanes = static_cast<std::size_t>(sizes_.lanes);
  space->places.resize(lanes * pixels * static_cast<std::size_t>(samples));
  space->by_channel.resize(static_cast<std::size_t>(sizes_.out) * (pixels + 1));
  space->in_channel.resize(static_cast<std::size_t>(sizes_.out));
  space->by_place.resize(4 * pixels * lanes);
  space->in_place.resize(4 * pixels);
  return space;
}

/// The padded image of sample j. The border is zero from the start, and stays so; without one the sample itself will
/// do, if what is read behind it is the next sample.
template <class T>
const T* ConvPool<T>::padded(const T* x, Index j, Index count, T* image) const {
  x += j * in_.size();
  if (padding_ == 0 && j + 1 < count && in_.size() >= kernels::ConvPool::kBehind) return x;
  pad(x, image);
  return image;
}

template <class T>
void ConvPool<T>::pad(const T* x, T* image) const {
  const Index line = in_.width * in_.channels;
  T* to = image + padding_ * sizes_.row + padding_ * in_.channels;
  for (Index r = 0; r < in_.height; ++r) std::copy_n(x + r * line, line, to + r * sizes_.row);
}

template <class T>
void ConvPool<T>::unpad(const T* image, T* x) const {
  const Index line = in_.width * in_.channels;
  const T* from = image + padding_ * sizes_.row + padding_ * in_.channels;
  for (Index r = 0; r < in_.height; ++r) std::copy_n(from + r * sizes_.row, line, x + r * line);
}

/// sums[out] += sum of each channel's list.
template <class T>
void ConvPool<T>::add_channel_sums(const kernels::PoolLists& lists, double* sums) const {
  for (Index c = 0; c < sizes_.out; ++c) {
    const kernels::PoolEntry* entries = lists.by_channel + c * (sizes_.pixels + 1);
    for (std::uint32_t i = 0; i < lists.in_channel[c]; ++i) sums[c] += static_cast<double>(entries[i].value);
  }
}

template <class T>
void ConvPool<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  if constexpr (std::is_same_v<T, float>) {
    if (const auto* kernel = kernels()) {
      auto& own = static_cast<Space&>(*space);
      kernel->prepare_forward(sizes_, w + weight_, own.prepared.data());
      const T* bias = spec_.conv.bias ? w + bias_ : nullptr;
      for (Index j = 0; j < pass.count; ++j) {
        const T* image = padded(x, j, pass.count, own.image.data());
        kernel->forward(sizes_, own.prepared.data(), bias, image, own.scratch.data(), y + j * out_.size(),
                        own.places.data() + j * sizes_.lanes * sizes_.pixels);
      }
      return;
    }
  }
  auto& own = static_cast<TwoLayers&>(*space);
  conv_.forward(w, x, own.values.data(), own.conv.get(), pass);
  pool_.forward(w, own.values.data(), y, own.pool.get(), pass);
}

template <class T>
void ConvPool<T>::backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                           const Pass<T>& pass) const {
  if constexpr (std::is_same_v<T, float>) {
    if (const auto* kernel = kernels()) {
      auto& own = static_cast<Space&>(*space);
      const kernels::PoolLists lists = own.lists();
      const bool single = dx == nullptr && kernel->single_gradient_fits(sizes_);
      if (dx != nullptr) kernel->prepare_backward(sizes_, w + weight_, own.backward.data());
      own.dw.setZero();
      Eigen::Array<double, kMostChannels, 1> sums = Eigen::Array<double, kMostChannels, 1>::Zero();
      for (Index j = 0; j < pass.count; ++j) {
        const T* delta = dy + j * out_.size();
        const std::uint8_t* places = own.places.data() + j * sizes_.lanes * sizes_.pixels;
        const T* image = padded(x, j, pass.count, own.image.data());
        if (single) {
          kernel->add_single_gradient(sizes_, image, delta, places, own.dw.data(), sums.data());
          continue;
        }
        kernel->list_channels(sizes_, delta, places, lists);
        kernel->add_gradient(sizes_, image, lists, own.dw.data());
        add_channel_sums(lists, sums.data());
        if (dx == nullptr) continue;
        own.gradient.setZero();
        kernel->add_input_gradient(sizes_, own.backward.data(), delta, places, lists, own.gradient.data());
        unpad(own.gradient.data(), dx + j * in_.size());
      }
      Eigen::Map<Vector<T>> bias(target + bias_, spec_.conv.bias ? sizes_.out : 0);
      kernel->apply_gradient(sizes_, own.dw.data(), target + weight_);
      for (Index c = 0; c < bias.size(); ++c) bias[c] += static_cast<T>(sums[c]);
      return;
    }
  }
  auto& own = static_cast<TwoLayers&>(*space);
  pool_.backward(w, own.values.data(), y, dy, own.deltas.data(), target, own.pool.get(), pass);
  conv_.backward(w, x, own.values.data(), own.deltas.data(), dx, target, own.conv.get(), pass);
}

template class ConvPool<float>;
template class ConvPool<double>;

std::shared_ptr<const LayerFactory> fuse_pool(const Conv2dSpec& conv, const LayerFactory& next) {
  const auto* pool = dynamic_cast<const MaxPoolFactory*>(&next);
  if (pool == nullptr || pool->spec().size != 2 || pool->spec().stride != 2) return nullptr;
  if (conv.activation != Activation::relu || conv.stride != 1 || conv.channels > kMostChannels) return nullptr;
  if (!conv.padding && conv.kernel % 2 == 0) return nullptr;  // `same` is not the same on both sides
  return std::make_shared<ConvPoolFactory>(ConvPoolSpec{conv, pool->spec()});
}

}  // namespace fedtide
