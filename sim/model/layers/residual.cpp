#include "sim/model/layers/residual.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/layer_entry.h"

namespace fedtide {
namespace {

/// A stack needs a layer that computes something.
bool only_views(const LayerList& layers) {
  return std::all_of(layers.begin(), layers.end(), [](const auto& layer) { return layer->is_view(); });
}

}  // namespace

std::string ResidualSpec::mismatch(const Shape& in) const {
  if (only_views(layers)) return "has no layers that compute anything";
  if (!shortcut.empty() && only_views(shortcut)) return "has a shortcut that computes nothing; leave it out";
  Shape sum, around;
  std::string why = layers_mismatch(layers, in, sum);
  if (!why.empty()) return why;
  why = layers_mismatch(shortcut, in, around);
  if (!why.empty()) return "shortcut: " + why;
  if (sum == around) return "";
  const std::string hint = shortcut.empty() ? "; a shortcut of its own can match them (conv2d with kernel 1)" : "";
  return fmt::format("layers give a {}, but the shortcut a {}{}", sum.text(), around.text(), hint);
}

Shape ResidualSpec::output(const Shape& in) const {
  Shape out;
  layers_mismatch(layers, in, out);
  return out;
}

template <class T>
struct Residual<T>::Space final : LayerSpace {
  std::unique_ptr<LayerSpace> layers, shortcut;
  Vector<T> layers_out, shortcut_out;  ///< [out * samples]
  Vector<T> delta;                     ///< [out * samples], the second of two that may be overwritten
  Vector<T> around;                    ///< [in * samples], the shortcut's gradient of the input
};

template <class T>
Residual<T>::Residual(const ResidualSpec& spec, const Shape& in, Layout& layout, const std::string& name) : in_(in) {
  LayerCounts counts, around;
  layers_ = std::make_unique<Stack<T>>(spec.layers, in, layout, counts, name + ".");
  if (!spec.shortcut.empty()) {
    shortcut_ = std::make_unique<Stack<T>>(spec.shortcut, in, layout, around, name + ".shortcut.");
  }
}

template <class T>
double Residual<T>::flops() const {
  return layers_->flops() + (shortcut_ ? shortcut_->flops() : 0) + static_cast<double>(output().size());
}

template <class T>
double Residual<T>::backward_flops(bool input_gradient) const {
  return layers_->backward_flops(input_gradient) + (shortcut_ ? shortcut_->backward_flops(input_gradient) : 0) +
         (input_gradient ? static_cast<double>(in_.size()) : 0);
}

template <class T>
bool Residual<T>::has_weights() const {
  return layers_->has_weights() || (shortcut_ && shortcut_->has_weights());
}

template <class T>
bool Residual<T>::couples_samples() const {
  return layers_->couples_samples() || (shortcut_ && shortcut_->couples_samples());
}

template <class T>
void Residual<T>::initialize(T* w, Stream& stream) const {
  layers_->initialize(w, stream);
  if (shortcut_) shortcut_->initialize(w, stream);
}

template <class T>
std::unique_ptr<LayerSpace> Residual<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  space->layers = layers_->make_space(samples);
  space->layers_out.setZero(output().size() * samples);
  space->delta.setZero(output().size() * samples);
  if (!shortcut_) return space;
  space->shortcut = shortcut_->make_space(samples);
  space->shortcut_out.setZero(output().size() * samples);
  space->around.setZero(in_.size() * samples);
  return space;
}

template <class T>
void Residual<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index n = output().size() * pass.count;
  layers_->forward(w, x, own.layers_out.data(), own.layers.get(), pass);
  const T* around = x;
  if (shortcut_) {
    shortcut_->forward(w, x, own.shortcut_out.data(), own.shortcut.get(), pass);
    around = own.shortcut_out.data();
  }
  const T* through = own.layers_out.data();
  for (Index i = 0; i < n; ++i) y[i] = through[i] + around[i];
}

template <class T>
void Residual<T>::backward(const T* w, const T* x, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                           const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index n = output().size() * pass.count;
  // Each way may overwrite its gradient and its output, so each has its own.
  std::copy_n(dy, n, own.delta.data());
  layers_->backward(w, x, own.layers_out.data(), dy, dx, target, own.layers.get(), pass);
  if (!shortcut_) {
    for (Index i = 0; dx != nullptr && i < n; ++i) dx[i] += own.delta[i];
    return;
  }
  T* around = dx != nullptr ? own.around.data() : nullptr;
  shortcut_->backward(w, x, own.shortcut_out.data(), own.delta.data(), around, target, own.shortcut.get(), pass);
  for (Index i = 0; dx != nullptr && i < in_.size() * pass.count; ++i) dx[i] += around[i];
}

template class Residual<float>;
template class Residual<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  ResidualSpec spec;
  spec.layers = read_layers(section, "layers", "layers, first to last, whose output the shortcut is added to");
  spec.shortcut = read_layers(section, "shortcut", "layers of the shortcut; none: the input itself is added");
  if (!section.describing() && spec.layers.empty()) section.reject("layers", "there must be at least one layer");
  if (!all_read(spec.layers) || !all_read(spec.shortcut)) return nullptr;
  return std::make_shared<ResidualFactory>(std::move(spec));
}

const Registration<LayerEntry> entry{LayerEntry{
    About{"residual", "adds its input, or a shortcut of it, to the output of its layers", "He et al. 2016"}, &read}};

}  // namespace
}  // namespace fedtide
