#include "sim/model/layers/dense.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/model/kernels/dense.h"
#include "sim/model/layers/activation.h"
#include "sim/model/product.h"

namespace fedtide {

std::string DenseSpec::mismatch(const Shape& in) const {
  if (in.kind == Shape::Kind::features || in.kind == Shape::Kind::sequence) return "";
  if (in.kind == Shape::Kind::image) return fmt::format("takes features, got a {}; put flatten before it", in.text());
  return fmt::format("takes features, got a {}", in.text());
}

Shape DenseSpec::output(const Shape& in) const {
  Shape out = in;
  out.channels = units;
  return out;
}

template <class T>
Dense<T>::Dense(const DenseSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), in_(in) {
  weight_ = layout.add(name + ".weight", wide() ? std::vector<Index>{in.channels, spec.units}
                                                : std::vector<Index>{spec.units, in.channels});
  if (spec.bias) bias_ = layout.add(name + ".bias", {spec.units});
}

template <class T>
void Dense<T>::initialize(T* w, Stream& stream) const {
  fedtide::initialize(spec_.init, in_.channels, spec_.units, stream, w + weight_, in_.channels * spec_.units);
}

template <class T>
struct Dense<T>::Space final : LayerSpace {
  std::optional<kernels::NonzeroMemory> nonzeros;  ///< of the last forward pass
  Vector<T> sum;                                   ///< of the weights' gradient, where one product does not sum it
};

template <class T>
std::unique_ptr<LayerSpace> Dense<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  const Index most = in_.positions() * samples;
  const bool fast = std::is_same_v<T, float> && kernels::dense_kernels() != nullptr;
  if (fast && wide() && most <= kernels::kMostSamples) {
    space->nonzeros.emplace(in_.channels, most);
  } else if ((!fast || wide()) && most > ProductSpace<T>::kDepth) {
    space->sum.setZero(in_.channels * spec_.units);
  } else {
    return nullptr;
  }
  return space;
}

template <class T>
void Dense<T>::multiply(const T* weights, const T* x, Index n, T* z, LayerSpace* space, const Pass<T>& pass) const {
  const Index in = in_.channels, out = spec_.units;
  if constexpr (std::is_same_v<T, float>) {
    if (auto* own = static_cast<Space*>(space); own != nullptr && own->nonzeros) {
      const kernels::Nonzeros found = own->nonzeros->view(n);
      kernels::dense_kernels()->find(x, found);
      return kernels::dense_kernels()->forward(weights, out, x, found, z);
    }
    if (const auto* kernel = kernels::dense_kernels(); kernel != nullptr && !wide()) {
      return kernel->dots(weights, out, in, x, n, in, in, z, out);
    }
  }
  if (wide()) {
    add_transposed_weights_times(weights, in, out, x, n, z, *pass.product);
  } else {
    add_weights_times(weights, out, in, x, n, z, *pass.product);
  }
}

template <class T>
void Dense<T>::differentiate(const T* weights, const T* x, const T* dy, Index n, T* dx, T* target, LayerSpace* space,
                             const Pass<T>& pass) const {
  const Index in = in_.channels, out = spec_.units;
  if constexpr (std::is_same_v<T, float>) {
    if (auto* own = static_cast<Space*>(space); own != nullptr && own->nonzeros) {
      const kernels::Nonzeros found = own->nonzeros->view(n);
      return kernels::dense_kernels()->backward(weights, out, x, found, dy, dx, target);
    }
    if (const auto* kernel = kernels::dense_kernels(); kernel != nullptr && !wide()) {
      if (dx != nullptr) kernel->combine(n, out, dy, out, 1, weights, in, dx, in, in, true);
      return kernel->combine(out, n, dy, 1, out, x, in, target, in, in, false);
    }
  }
  if (dx != nullptr) {
    std::fill_n(dx, in * n, T(0));
    if (wide()) {
      add_weights_times(weights, in, out, dy, n, dx, *pass.product);
    } else {
      add_transposed_weights_times(weights, out, in, dy, n, dx, *pass.product);
    }
  }
  // A product of more columns than kDepth adds one sum for each part of them: not to weights, but to zeros.
  Vector<T>* sum = n > ProductSpace<T>::kDepth ? &static_cast<Space*>(space)->sum : nullptr;
  if (sum != nullptr) sum->setZero();
  T* to = sum != nullptr ? sum->data() : target;
  if (wide()) {
    add_outer_products(x, in, dy, out, n, to, *pass.product);
  } else {
    add_outer_products(dy, out, x, in, n, to, *pass.product);
  }
  if (sum != nullptr) Eigen::Map<Vector<T>>(target, sum->size()) += *sum;
}

template <class T>
void Dense<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  const Index n = columns(pass), out = spec_.units;
  Eigen::Map<Matrix<T>> z(y, out, n);
  z.setZero();
  multiply(w + weight_, x, n, y, space, pass);
  if (spec_.bias) z.colwise() += Eigen::Map<const Vector<T>>(w + bias_, out);
  activate(spec_.activation, y, z.size());
}

template <class T>
void Dense<T>::backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                        const Pass<T>& pass) const {
  const Index n = columns(pass), out = spec_.units;
  multiply_by_derivative(spec_.activation, y, dy, out * n);
  differentiate(w + weight_, x, dy, n, dx, target + weight_, space, pass);
  if (spec_.bias) add_column_sums(dy, out, n, target + bias_);
}

template class Dense<float>;
template class Dense<double>;

std::shared_ptr<const LayerFactory> DenseFactory::fused_with(const LayerFactory& next) const {
  const Activation after = in_place_activation(next);
  if (spec().activation != Activation::none || after == Activation::none) return nullptr;
  DenseSpec both = spec();
  both.activation = after;
  return std::make_shared<DenseFactory>(both);
}

}  // namespace fedtide
