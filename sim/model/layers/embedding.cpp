#include "sim/model/layers/embedding.h"

#include <algorithm>

#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {

std::string EmbeddingSpec::mismatch(const Shape& in) const {
  if (in.kind != Shape::Kind::tokens) return "takes tokens, got a " + in.text();
  if (padding && (*padding < 0 || *padding >= in.channels)) {
    return fmt::format("has the padding token {} of {} tokens", *padding, in.channels);
  }
  return "";
}

Shape EmbeddingSpec::output(const Shape& in) const { return {Shape::Kind::sequence, dims, 1, 1, in.steps}; }

template <class T>
TokenRows<T>::TokenRows(Index vocabulary, Index dims, std::optional<std::int32_t> padding)
    : vocabulary_(vocabulary), dims_(dims), padding_(padding) {}

template <class T>
void TokenRows<T>::look_up(const T* table, Index steps, const Pass<T>& pass, T* y) const {
  const std::int32_t* tokens = pass.batch->tokens.data() + pass.begin * steps;
  for (Index j = 0; j < pass.count; ++j) {
    for (Index t = 0; t < steps; ++t) {
      const Index token = tokens[j * steps + t];
      FEDTIDE_REQUIRE(token >= 0 && token < vocabulary_, "token {} of {}", token, vocabulary_);
      std::copy_n(table + token * dims_, dims_, y + (t * pass.count + j) * dims_);
    }
  }
}

template <class T>
void TokenRows<T>::add_to(const T* dy, Index steps, const Pass<T>& pass, T* gradient) const {
  const std::int32_t* tokens = pass.batch->tokens.data() + pass.begin * steps;
  for (Index j = 0; j < pass.count; ++j) {
    for (Index t = 0; t < steps; ++t) {
      const std::int32_t token = tokens[j * steps + t];
      if (padding_ && token == *padding_) continue;
      Eigen::Map<Vector<T>>(gradient + token * dims_, dims_) +=
          Eigen::Map<const Vector<T>>(dy + (t * pass.count + j) * dims_, dims_);
    }
  }
}

template <class T>
void initialize_embedding(const EmbeddingSpec& spec, Index vocabulary, Stream& stream, T* w) {
  for (Index i = 0; i < vocabulary * spec.dims; ++i) w[i] = static_cast<T>(spec.deviation * normal(stream)) + T(0);
  if (spec.padding) std::fill_n(w + *spec.padding * spec.dims, spec.dims, T(0));
}

template <class T>
struct Embedding<T>::Space final : LayerSpace {
  Vector<T> gradient;               ///< [vocabulary * dims], 0 between passes
  std::vector<char> seen;           ///< [vocabulary], 0 between passes
  std::vector<std::int32_t> found;  ///< tokens of this block
};

template <class T>
Embedding<T>::Embedding(const EmbeddingSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), in_(in), rows_(in.channels, spec.dims, spec.padding) {
  weight_ = layout.add(name + ".weight", {in.channels, spec.dims});
}

template <class T>
void Embedding<T>::initialize(T* w, Stream& stream) const {
  initialize_embedding(spec_, in_.channels, stream, w + weight_);
}

template <class T>
std::unique_ptr<LayerSpace> Embedding<T>::make_space(Index /*samples*/) const {
  auto space = std::make_unique<Space>();
  space->gradient.setZero(in_.channels * spec_.dims);
  space->seen.assign(static_cast<std::size_t>(in_.channels), 0);
  space->found.reserve(static_cast<std::size_t>(in_.channels));
  return space;
}

template <class T>
void Embedding<T>::forward(const T* w, const T* /*x*/, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  rows_.look_up(w + weight_, in_.steps, pass, y);
}

template <class T>
void Embedding<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                            const Pass<T>& pass) const {
  FEDTIDE_REQUIRE(dx == nullptr, "tokens have no gradient");
  auto& s = static_cast<Space&>(*space);
  rows_.add_to(dy, in_.steps, pass, s.gradient.data());
  // Of a large vocabulary a block has few: only their rows are touched.
  const std::int32_t* tokens = pass.batch->tokens.data() + pass.begin * in_.steps;
  for (Index i = 0; i < pass.count * in_.steps; ++i) {
    char& seen = s.seen[static_cast<std::size_t>(tokens[i])];
    if (seen == 0) s.found.push_back(tokens[i]);
    seen = 1;
  }
  for (const std::int32_t token : s.found) {
    auto row = s.gradient.segment(token * spec_.dims, spec_.dims);
    Eigen::Map<Vector<T>>(target + weight_ + token * spec_.dims, spec_.dims) += row;
    row.setZero();
    s.seen[static_cast<std::size_t>(token)] = 0;
  }
  s.found.clear();
}

#define FEDTIDE_INSTANTIATE(T)                                                     \
  template class TokenRows<T>;                                                     \
  template void initialize_embedding<T>(const EmbeddingSpec&, Index, Stream&, T*); \
  template class Embedding<T>;
FEDTIDE_INSTANTIATE(float)
FEDTIDE_INSTANTIATE(double)
#undef FEDTIDE_INSTANTIATE

}  // namespace fedtide
