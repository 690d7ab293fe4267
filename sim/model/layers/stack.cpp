#include "sim/model/layers/stack.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace fedtide {

std::string layers_mismatch(const LayerList& layers, const Shape& in, Shape& out) {
  out = in;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::string why = layers[l]->mismatch(out);
    if (!why.empty()) return fmt::format("layers[{}] {}: {}", l, layers[l]->name(), why);
    out = layers[l]->output(out);
  }
  return "";
}

template <class T>
struct Stack<T>::Space final : LayerSpace {
  std::vector<std::unique_ptr<LayerSpace>> layers;
  std::vector<Vector<T>> values;  ///< of each layer but the last [size * samples]
  std::vector<Vector<T>> deltas;  ///< the same
};

template <class T>
Stack<T>::Stack(const LayerList& layers, const Shape& in, Layout& layout, LayerCounts& counts,
                const std::string& prefix) {
  shapes_.push_back(in);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const int number = ++counts[std::string(layers[l]->name())];
    std::shared_ptr<const LayerFactory> factory = layers[l];
    const std::string name = fmt::format("{}{}{}", prefix, factory->name(), number);
    if (factory->is_view()) {
      shapes_.back() = factory->output(shapes_.back());
      continue;
    }
    while (l + 1 < layers.size()) {
      auto fused = factory->fused_with(*layers[l + 1]);
      if (!fused) break;
      factory = std::move(fused);
      ++l;
    }
    layers_.push_back(make_layer<T>(*factory, shapes_.back(), layout, name));
    shapes_.push_back(layers_.back()->output());
  }
  while (first_trained_ < layers_.size() && !layers_[first_trained_]->has_weights()) ++first_trained_;
}

template <class T>
double Stack<T>::flops() const {
  double sum = 0;
  for (const auto& layer : layers_) sum += layer->flops();
  return sum;
}

template <class T>
double Stack<T>::backward_flops(bool input_gradient) const {
  const std::size_t lowest = input_gradient ? 0 : first_trained_;
  double sum = 0;
  for (std::size_t l = lowest; l < layers_.size(); ++l) {
    sum += layers_[l]->backward_flops(input_gradient || l > lowest);
  }
  return sum;
}

template <class T>
bool Stack<T>::couples_samples() const {
  return std::any_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->couples_samples(); });
}

template <class T>
void Stack<T>::initialize(T* w, Stream& stream) const {
  for (const auto& layer : layers_) layer->initialize(w, stream);
}

template <class T>
std::unique_ptr<LayerSpace> Stack<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    space->layers.push_back(layers_[l]->make_space(samples));
    if (l + 1 == layers_.size()) break;
    space->values.push_back(Vector<T>::Zero(shapes_[l + 1].size() * samples));
    space->deltas.push_back(Vector<T>::Zero(shapes_[l + 1].size() * samples));
  }
  return space;
}

template <class T>
void Stack<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    T* out = l + 1 < layers_.size() ? own.values[l].data() : y;
    layers_[l]->forward(w, x, out, own.layers[l].get(), pass);
    x = out;
  }
}

template <class T>
void Stack<T>::backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                        const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const std::size_t lowest = dx != nullptr ? 0 : first_trained_;
  for (std::size_t l = layers_.size(); l-- > lowest;) {
    const bool top = l + 1 == layers_.size();
    const T* in = l > 0 ? own.values[l - 1].data() : x;
    T* below = l > lowest ? own.deltas[l - 1].data() : dx;
    layers_[l]->backward(w, in, top ? y : own.values[l].data(), top ? dy : own.deltas[l].data(), below, target,
                         own.layers[l].get(), pass);
  }
}

template class Stack<float>;
template class Stack<double>;

}  // namespace fedtide
