#include "sim/model/layers/layer_norm.h"

#include <array>
#include <cmath>

#include "sim/model/layer_entry.h"
#include "sim/model/layers/activation.h"

namespace fedtide {
namespace {

/// Sum of term(i) for i < n in sixteen interleaved parts: vectors can take it, and its bits depend on n alone.
template <class T, class Term>
T interleaved_sum(Index n, Term&& term) {
  constexpr Index kParts = 16;
  std::array<T, kParts> parts{};
  T* const part = parts.data();
  const Index whole = n / kParts * kParts;
  for (Index i = 0; i < whole; i += kParts) {
    for (Index k = 0; k < kParts; ++k) part[k] += term(i + k);
  }
  for (Index i = whole; i < n; ++i) part[i - whole] += term(i);
  T sum = 0;
  for (Index k = 0; k < kParts; ++k) sum += part[k];
  return sum;
}

}  // namespace

std::string LayerNormSpec::mismatch(const Shape& in) const { return ActivationSpec{}.mismatch(in); }

template <class T>
struct LayerNorm<T>::Space final : LayerSpace {
  Vector<T> mean, inverse;  ///< [positions * samples]
  Vector<T> gamma, beta;    ///< [channels], gradients
};

template <class T>
LayerNorm<T>::LayerNorm(const LayerNormSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), shape_(in) {
  gamma_ = layout.add(name + ".gamma", {in.channels}, Part::norm);
  beta_ = layout.add(name + ".beta", {in.channels}, Part::norm);
}

template <class T>
void LayerNorm<T>::initialize(T* w, Stream& /*stream*/) const {
  std::fill_n(w + gamma_, shape_.channels, T(1));
}

template <class T>
std::unique_ptr<LayerSpace> LayerNorm<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  for (Vector<T>* each : {&space->mean, &space->inverse}) each->setZero(shape_.positions() * samples);
  for (Vector<T>* each : {&space->gamma, &space->beta}) each->setZero(shape_.channels);
  return space;
}

template <class T>
void LayerNorm<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index channels = shape_.channels, columns = shape_.positions() * pass.count;
  const T *gamma = w + gamma_, *beta = w + beta_;
  for (Index j = 0; j < columns; ++j, x += channels, y += channels) {
    const T mean = interleaved_sum<T>(channels, [&](Index i) { return x[i]; }) / static_cast<T>(channels);
    const T squares = interleaved_sum<T>(channels, [&](Index i) { return (x[i] - mean) * (x[i] - mean); });
    const T inverse = T(1) / std::sqrt(squares / static_cast<T>(channels) + static_cast<T>(spec_.epsilon));
    for (Index i = 0; i < channels; ++i) y[i] = gamma[i] * ((x[i] - mean) * inverse) + beta[i];
    own.mean[j] = mean;
    own.inverse[j] = inverse;
  }
}

template <class T>
void LayerNorm<T>::backward(const T* w, const T* x, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                            const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index channels = shape_.channels, columns = shape_.positions() * pass.count;
  const T* gamma = w + gamma_;
  own.gamma.setZero();
  own.beta.setZero();
  for (Index j = 0; j < columns; ++j, x += channels, dy += channels) {
    const T mean = own.mean[j], inverse = own.inverse[j];
    for (Index i = 0; i < channels; ++i) {
      own.gamma[i] += dy[i] * ((x[i] - mean) * inverse);
      own.beta[i] += dy[i];
    }
    if (dx == nullptr) continue;
    const T shift = interleaved_sum<T>(channels, [&](Index i) { return gamma[i] * dy[i]; }) / static_cast<T>(channels);
    const T slope =
        interleaved_sum<T>(channels, [&](Index i) { return gamma[i] * dy[i] * ((x[i] - mean) * inverse); }) /
        static_cast<T>(channels);
    for (Index i = 0; i < channels; ++i) {
      dx[i] = inverse * (gamma[i] * dy[i] - shift - slope * ((x[i] - mean) * inverse));
    }
    dx += channels;
  }
  for (Index c = 0; c < channels; ++c) {
    target[gamma_ + c] += own.gamma[c];
    target[beta_ + c] += own.beta[c];
  }
}

template class LayerNorm<float>;
template class LayerNorm<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  return std::make_shared<LayerNormFactory>(
      LayerNormSpec{section.real("epsilon", Number{1e-5, positive(), "added to the variance", ""})});
}

const Registration<LayerEntry> entry{
    LayerEntry{About{"layer_norm", "the channels of each position to mean 0 and variance 1", "Ba et al. 2016"}, &read}};

}  // namespace
}  // namespace fedtide
