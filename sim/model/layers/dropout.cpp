#include "sim/model/layers/dropout.h"

#include <algorithm>
#include <cmath>

#include "sim/model/layer_entry.h"
#include "sim/model/layers/activation.h"

namespace fedtide {
namespace {

/// FNV-1a of 64 bits.
std::uint64_t digest(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::string DropoutSpec::mismatch(const Shape& in) const { return ActivationSpec{}.mismatch(in); }

template <class T>
struct Dropout<T>::Space final : LayerSpace {
  Vector<T> mask;  ///< [size * samples], 0 or the factor
};

template <class T>
Dropout<T>::Dropout(const DropoutSpec& spec, const Shape& in, Layout& /*layout*/, const std::string& name)
    : shape_(in),
      name_(digest(name)),
      threshold_(static_cast<std::uint64_t>(std::llround(spec.rate * 0x1p32))),
      factor_(static_cast<T>(1 / (1 - spec.rate))) {}

template <class T>
std::unique_ptr<LayerSpace> Dropout<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  space->mask.setZero(shape_.size() * samples);
  return space;
}

template <class T>
void Dropout<T>::forward(const T* /*w*/, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  const Index n = shape_.size() * pass.count;
  if (!is_on(pass)) {
    std::copy_n(x, n, y);
    return;
  }
  Vector<T>& mask = static_cast<Space&>(*space).mask;
  const BatchNoise& noise = *pass.batch->noise;
  const Stream of_layer = noise.stream.keyed(name_).keyed(static_cast<std::uint64_t>(noise.step));
  const Index steps = shape_.steps, stretch = shape_.size() / steps;  // of a sequence, a sample lies in pieces
  for (Index j = 0; j < pass.count; ++j) {
    Stream stream = of_layer.keyed(static_cast<std::uint64_t>(noise.first + pass.begin + j));
    for (Index t = 0; t < steps; ++t) {
      T* own = mask.data() + (t * pass.count + j) * stretch;
      for (Index i = 0; i < stretch; ++i) own[i] = stream.next32() < threshold_ ? T(0) : factor_;
    }
  }
  for (Index i = 0; i < n; ++i) y[i] = mask[i] * x[i];
}

template <class T>
void Dropout<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* /*target*/,
                          LayerSpace* space, const Pass<T>& pass) const {
  if (dx == nullptr) return;
  const Index n = shape_.size() * pass.count;
  if (!is_on(pass)) {
    std::copy_n(dy, n, dx);
    return;
  }
  const T* mask = static_cast<Space&>(*space).mask.data();
  for (Index i = 0; i < n; ++i) dx[i] = mask[i] * dy[i];
}

template class Dropout<float>;
template class Dropout<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  return std::make_shared<DropoutFactory>(DropoutSpec{section.real(
      "rate", Number{0.5, Bounds{.low = 0, .high = 1, .high_open = true}, "probability that a value becomes 0", ""})});
}

const Registration<LayerEntry> entry{LayerEntry{
    About{"dropout", "sets random values to 0 in training, and scales the others up", "Srivastava et al. 2014"},
    &read}};

}  // namespace
}  // namespace fedtide
