#include "sim/model/layers/tied.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace fedtide {

std::string TiedSpec::mismatch(const Shape& in) const {
  std::string why = embedding.mismatch(in);
  if (!why.empty()) return why;
  Shape out;
  why = layers_mismatch(inner, embedding.output(in), out);
  if (why.empty() && out.channels != embedding.dims) {
    why =
        fmt::format("compares {} with an embedding of {} features; both must have as many", out.text(), embedding.dims);
  }
  return why;
}

Shape TiedSpec::output(const Shape& in) const {
  Shape out;
  layers_mismatch(inner, embedding.output(in), out);
  out.channels = in.channels;
  return out;
}

template <class T>
struct Tied<T>::Space final : LayerSpace {
  std::unique_ptr<LayerSpace> inner;
  Vector<T> embedded, d_embedded;  ///< [dims * steps * samples]
  Vector<T> compared, d_compared;  ///< [dims * positions * samples]
  Vector<T> gradient;              ///< [vocabulary * dims]
};

template <class T>
Tied<T>::Tied(const TiedSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), in_(in), rows_(in.channels, spec.embedding.dims, spec.embedding.padding) {
  table_ = layout.add(name + ".embedding", {in.channels, spec.embedding.dims});
  LayerCounts counts;
  inner_ = std::make_unique<Stack<T>>(spec.inner, spec.embedding.output(in), layout, counts, name + ".");
  FEDTIDE_REQUIRE(inner_->has_weights(), "tied layers without weights between them");
  if (spec.bias) bias_ = layout.add(name + ".bias", {in.channels});
}

template <class T>
double Tied<T>::backward_flops(bool /*input_gradient*/) const {
  return 2 * product_flops() + inner_->backward_flops(true);
}

template <class T>
void Tied<T>::initialize(T* w, Stream& stream) const {
  initialize_embedding(spec_.embedding, in_.channels, stream, w + table_);
  inner_->initialize(w, stream);
  if (spec_.bias) std::fill_n(w + bias_, in_.channels, T(0));
}

template <class T>
std::unique_ptr<LayerSpace> Tied<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  space->inner = inner_->make_space(samples);
  space->embedded.setZero(spec_.embedding.dims * in_.steps * samples);
  space->d_embedded = space->embedded;
  space->compared.setZero(inner_->output().size() * samples);
  space->d_compared = space->compared;
  space->gradient.setZero(in_.channels * spec_.embedding.dims);
  return space;
}

template <class T>
void Tied<T>::forward(const T* w, const T* /*x*/, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& s = static_cast<Space&>(*space);
  const Index vocabulary = in_.channels, dims = spec_.embedding.dims;
  const Index columns = inner_->output().positions() * pass.count;
  rows_.look_up(w + table_, in_.steps, pass, s.embedded.data());
  inner_->forward(w, s.embedded.data(), s.compared.data(), s.inner.get(), pass);
  Eigen::Map<Matrix<T>> z(y, vocabulary, columns);
  if (spec_.bias) {
    z.colwise() = Eigen::Map<const Vector<T>>(w + bias_, vocabulary);
  } else {
    z.setZero();
  }
  add_weights_times(w + table_, vocabulary, dims, s.compared.data(), columns, y, *pass.product);
}

template <class T>
void Tied<T>::backward(const T* w, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                       const Pass<T>& pass) const {
  FEDTIDE_REQUIRE(dx == nullptr, "tokens have no gradient");
  auto& s = static_cast<Space&>(*space);
  const Index vocabulary = in_.channels, dims = spec_.embedding.dims;
  const Index columns = inner_->output().positions() * pass.count;
  s.gradient.setZero();
  add_outer_products(dy, vocabulary, s.compared.data(), dims, columns, s.gradient.data(), *pass.product);
  s.d_compared.head(dims * columns).setZero();
  add_transposed_weights_times(w + table_, vocabulary, dims, dy, columns, s.d_compared.data(), *pass.product);
  if (spec_.bias) add_column_sums(dy, vocabulary, columns, target + bias_);
  inner_->backward(w, s.embedded.data(), s.compared.data(), s.d_compared.data(), s.d_embedded.data(), target,
                   s.inner.get(), pass);
  rows_.add_to(s.d_embedded.data(), in_.steps, pass, s.gradient.data());
  Eigen::Map<Vector<T>>(target + table_, s.gradient.size()) += s.gradient;
}

template class Tied<float>;
template class Tied<double>;

}  // namespace fedtide
