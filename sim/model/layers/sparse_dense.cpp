#include "sim/model/layers/sparse_dense.h"

#include <algorithm>

#include "sim/model/layer_entry.h"
#include "sim/model/layers/sparse_rows.h"
#include "sim/model/read_init.h"

namespace fedtide {

std::string SparseDenseSpec::mismatch(const Shape& in) const {
  return in.kind == Shape::Kind::sparse ? "" : "takes sparse rows, got a " + in.text();
}

Shape SparseDenseSpec::output(const Shape& /*in*/) const { return {Shape::Kind::features, units, 1, 1, 1}; }

template <class T>
struct SparseDense<T>::Space final : LayerSpace {
  TouchedRows<T> gradient;
  Space(Index rows, Index dims) : gradient(rows, dims) {}
};

template <class T>
SparseDense<T>::SparseDense(const SparseDenseSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), in_(in) {
  weight_ = layout.add(name + ".weight", {in.channels, spec.units});
  if (spec.bias) bias_ = layout.add(name + ".bias", {spec.units});
}

template <class T>
void SparseDense<T>::initialize(T* w, Stream& stream) const {
  fedtide::initialize(spec_.init, in_.channels, spec_.units, stream, w + weight_, in_.channels * spec_.units);
}

template <class T>
std::unique_ptr<LayerSpace> SparseDense<T>::make_space(Index /*samples*/) const {
  return std::make_unique<Space>(in_.channels, spec_.units);
}

template <class T>
void SparseDense<T>::forward(const T* w, const T* /*x*/, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index out = spec_.units;
  for (Index j = 0; j < pass.count; ++j, y += out) {
    std::fill_n(y, out, T(0));
    visit_row(pass, j, in_.channels, [&](Index column, T value) {
      const T* row = w + weight_ + column * out;
      for (Index u = 0; u < out; ++u) y[u] += value * row[u];
    });
    for (Index u = 0; spec_.bias && u < out; ++u) y[u] += w[bias_ + u];
  }
}

template <class T>
void SparseDense<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target,
                              LayerSpace* space, const Pass<T>& pass) const {
  FEDTIDE_REQUIRE(dx == nullptr, "sparse rows have no gradient");
  TouchedRows<T>& gradient = static_cast<Space&>(*space).gradient;
  const Index out = spec_.units;
  for (Index j = 0; j < pass.count; ++j) {
    const T* delta = dy + j * out;
    visit_row(pass, j, in_.channels, [&](Index column, T value) {
      T* sum = gradient.sum_of(column);
      for (Index u = 0; u < out; ++u) sum[u] += value * delta[u];
    });
  }
  gradient.move_to(target + weight_);
  if (spec_.bias) add_column_sums(dy, out, pass.count, target + bias_);
}

template class SparseDense<float>;
template class SparseDense<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  SparseDenseSpec spec;
  spec.units = section.whole("units", Number{{}, between(1, 1e7), "outputs", ""});
  spec.bias = section.flag("bias", Flag{true, "adds a constant to each output", ""});
  spec.init = read_init(section, "glorot");
  return std::make_shared<SparseDenseFactory>(spec);
}

const Registration<LayerEntry> entry{LayerEntry{About{"sparse_dense", "fully connected, of sparse rows", ""}, &read}};

}  // namespace
}  // namespace fedtide
