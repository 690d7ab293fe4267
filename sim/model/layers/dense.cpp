#include "sim/model/layers/dense.h"

#include <fmt/format.h>

#include <algorithm>

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
void Dense<T>::forward(const T* w, const T* x, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index n = columns(pass), in = in_.channels, out = spec_.units;
  Eigen::Map<Matrix<T>> z(y, out, n);
  if (spec_.bias) {
    z.colwise() = Eigen::Map<const Vector<T>>(w + bias_, out);
  } else {
    z.setZero();
  }
  if (wide()) {
    add_transposed_weights_times(w + weight_, in, out, x, n, y, *pass.product);
  } else {
    add_weights_times(w + weight_, out, in, x, n, y, *pass.product);
  }
  activate(spec_.activation, y, z.size());
}

template <class T>
void Dense<T>::backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* /*space*/,
                        const Pass<T>& pass) const {
  const Index n = columns(pass), in = in_.channels, out = spec_.units;
  multiply_by_derivative(spec_.activation, y, dy, out * n);
  if (dx != nullptr) {
    std::fill_n(dx, in * n, T(0));
    if (wide()) {
      add_weights_times(w + weight_, in, out, dy, n, dx, *pass.product);
    } else {
      add_transposed_weights_times(w + weight_, out, in, dy, n, dx, *pass.product);
    }
  }
  if (wide()) {
    add_outer_products(x, in, dy, out, n, target + weight_, *pass.product);
  } else {
    add_outer_products(dy, out, x, in, n, target + weight_, *pass.product);
  }
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
