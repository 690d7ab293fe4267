#include "sim/model/layers/sparse_embedding.h"

#include <algorithm>
#include <numeric>

#include "sim/base/distributions.h"
#include "sim/model/layers/sparse_rows.h"

namespace fedtide {

std::string SparseEmbeddingSpec::mismatch(const Shape& in) const {
  if (in.kind != Shape::Kind::sparse) return "takes sparse rows, got a " + in.text();
  const Index columns = std::accumulate(fields.begin(), fields.end(), Index{0});
  if (columns != in.channels) return fmt::format("has fields of {} features together, got a {}", columns, in.text());
  return "";
}

Shape SparseEmbeddingSpec::output(const Shape& /*in*/) const {
  return {Shape::Kind::features, dims * static_cast<Index>(fields.size()), 1, 1, 1};
}

template <class T>
struct SparseEmbedding<T>::Space final : LayerSpace {
  TouchedRows<T> gradient;
  Space(Index rows, Index dims) : gradient(rows, dims) {}
};

template <class T>
SparseEmbedding<T>::SparseEmbedding(const SparseEmbeddingSpec& spec, const Shape& in, Layout& layout,
                                    const std::string& name)
    : spec_(spec), in_(in) {
  weight_ = layout.add(name + ".weight", {in.channels, spec.dims});
  for (std::size_t f = 0; f < spec.fields.size(); ++f) {
    place_.insert(place_.end(), static_cast<std::size_t>(spec.fields[f]), static_cast<Index>(f) * spec.dims);
  }
}

template <class T>
void SparseEmbedding<T>::initialize(T* w, Stream& stream) const {
  for (Index i = weight_; i < weight_ + in_.channels * spec_.dims; ++i) {
    w[i] = static_cast<T>(spec_.deviation * normal(stream)) + T(0);
  }
}

template <class T>
std::unique_ptr<LayerSpace> SparseEmbedding<T>::make_space(Index /*samples*/) const {
  return std::make_unique<Space>(in_.channels, spec_.dims);
}

template <class T>
void SparseEmbedding<T>::forward(const T* w, const T* /*x*/, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index size = output().size();
  std::fill_n(y, size * pass.count, T(0));
  for (Index j = 0; j < pass.count; ++j) {
    visit_row(pass, j, in_.channels, [&](Index column, T value) {
      const T* row = w + weight_ + column * spec_.dims;
      T* sum = y + j * size + place_[static_cast<std::size_t>(column)];
      for (Index u = 0; u < spec_.dims; ++u) sum[u] += value * row[u];
    });
  }
}

template <class T>
void SparseEmbedding<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target,
                                  LayerSpace* space, const Pass<T>& pass) const {
  FEDTIDE_REQUIRE(dx == nullptr, "sparse rows have no gradient");
  TouchedRows<T>& gradient = static_cast<Space&>(*space).gradient;
  const Index size = output().size();
  for (Index j = 0; j < pass.count; ++j) {
    visit_row(pass, j, in_.channels, [&](Index column, T value) {
      const T* delta = dy + j * size + place_[static_cast<std::size_t>(column)];
      T* sum = gradient.sum_of(column);
      for (Index u = 0; u < spec_.dims; ++u) sum[u] += value * delta[u];
    });
  }
  gradient.move_to(target + weight_);
}

template class SparseEmbedding<float>;
template class SparseEmbedding<double>;

}  // namespace fedtide
