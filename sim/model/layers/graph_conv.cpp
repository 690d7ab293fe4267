#include "sim/model/layers/graph_conv.h"

#include <algorithm>

#include "sim/base/error.h"
#include "sim/model/layers/activation.h"
#include "sim/model/layers/sparse_rows.h"
#include "sim/model/product.h"

namespace fedtide {

std::string GraphConvSpec::mismatch(const Shape& in) const {
  if (in.kind == (is_first ? Shape::Kind::graph : Shape::Kind::features)) return "";
  return "takes nodes of a graph, got a " + in.text();
}

Shape GraphConvSpec::output(const Shape& /*in*/) const { return {Shape::Kind::features, units, 1, 1, 1}; }

template <class T>
struct GraphConv<T>::Space final : LayerSpace {
  Vector<T> mixed;  ///< [out * samples] W X, or its gradient
  Vector<T> sum;    ///< [out * in] of the weights' gradient, where one product does not sum it
};

template <class T>
GraphConv<T>::GraphConv(const GraphConvSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), in_(in) {
  weight_ = layout.add(name + ".weight", {spec.units, in.channels});
  if (spec.bias) bias_ = layout.add(name + ".bias", {spec.units});
}

template <class T>
void GraphConv<T>::initialize(T* w, Stream& stream) const {
  fedtide::initialize(spec_.init, in_.channels, spec_.units, stream, w + weight_, in_.channels * spec_.units);
}

template <class T>
std::unique_ptr<LayerSpace> GraphConv<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  space->mixed.setZero(spec_.units * samples);
  if (samples > ProductSpace<T>::kDepth) space->sum.setZero(spec_.units * in_.channels);
  return space;
}

template <class T>
const T* GraphConv<T>::input_of(const T* x, const Pass<T>& pass) const {
  const Batch<T>& batch = *pass.batch;
  FEDTIDE_REQUIRE(pass.begin == 0 && pass.count == batch.count && static_cast<Index>(batch.rows.size()) > batch.count,
                  "{} nodes from {} on, of {} nodes and {} rows", pass.count, pass.begin, batch.count,
                  batch.rows.size());
  if (!spec_.is_first) return x;
  FEDTIDE_REQUIRE(batch.dense.rows() == in_.channels && batch.dense.cols() >= batch.count,
                  "a batch of {} x {} values for {} features", batch.dense.rows(), batch.dense.cols(), in_.channels);
  return batch.dense.data();
}

template <class T>
void GraphConv<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  const Index in = in_.channels, out = spec_.units, n = pass.count;
  T* mixed = static_cast<Space&>(*space).mixed.data();
  std::fill_n(mixed, out * n, T(0));
  add_weights_times(w + weight_, out, in, input_of(x, pass), n, mixed, *pass.product);
  for (Index i = 0; i < n; ++i) {
    T* sum = y + i * out;
    std::fill_n(sum, out, T(0));
    visit_row(pass, i, n, [&](Index neighbor, T value) {
      for (Index u = 0; u < out; ++u) sum[u] += value * mixed[neighbor * out + u];
    });
    for (Index u = 0; spec_.bias && u < out; ++u) sum[u] += w[bias_ + u];
  }
  activate(spec_.activation, y, out * n);
}

template <class T>
void GraphConv<T>::backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                            const Pass<T>& pass) const {
  const Index in = in_.channels, out = spec_.units, n = pass.count;
  auto& own = static_cast<Space&>(*space);
  T* mixed = own.mixed.data();
  multiply_by_derivative(spec_.activation, y, dy, out * n);
  std::fill_n(mixed, out * n, T(0));
  for (Index i = 0; i < n; ++i) {
    visit_row(pass, i, n, [&](Index neighbor, T value) {
      for (Index u = 0; u < out; ++u) mixed[neighbor * out + u] += value * dy[i * out + u];
    });
  }
  if (dx != nullptr) {
    std::fill_n(dx, in * n, T(0));
    add_transposed_weights_times(w + weight_, out, in, mixed, n, dx, *pass.product);
  }
  // A product of more columns than kDepth adds one sum for each part of them: not to weights, but to zeros.
  const bool apart = n > ProductSpace<T>::kDepth;
  if (apart) own.sum.setZero();
  add_outer_products(mixed, out, input_of(x, pass), in, n, apart ? own.sum.data() : target + weight_, *pass.product);
  if (apart) Eigen::Map<Vector<T>>(target + weight_, own.sum.size()) += own.sum;
  if (spec_.bias) add_column_sums(dy, out, n, target + bias_);
}

template class GraphConv<float>;
template class GraphConv<double>;

}  // namespace fedtide
