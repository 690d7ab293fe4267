#pragma once
// Random batches of tokens, and networks on them.

#include "sim/base/distributions.h"
#include "sim/model/presets/sequence_models.h"
#include "tests/model/samples.h"

namespace fedtide {

inline InputShape token_input(Index steps, Index vocabulary, bool label_each_step = true) {
  InputShape shape;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {steps};
  shape.vocabulary = vocabulary;
  shape.classes = static_cast<int>(vocabulary);
  shape.label_each_step = label_each_step;
  return shape;
}

/// Uniform tokens and labels; every 7th label is missing if asked for.
template <class T>
Batch<T> random_tokens(const InputShape& shape, Index count, std::uint64_t seed, bool gaps = false) {
  Stream stream(seed, Purpose::dataset);
  const auto vocabulary = static_cast<std::uint32_t>(shape.vocabulary);
  Batch<T> batch;
  batch.count = count;
  for (Index i = 0; i < shape.dims[0] * count; ++i) {
    batch.tokens.push_back(static_cast<std::int32_t>(uniform_below(stream, vocabulary)));
  }
  for (Index i = 0; i < shape.labels() * count; ++i) {
    const auto label = static_cast<std::int32_t>(uniform_below(stream, vocabulary));
    batch.labels.push_back(gaps && i % 7 == 6 ? -1 : label);
  }
  return batch;
}

inline std::shared_ptr<const LayerFactory> lstm(Index units, bool peephole = false) {
  return std::make_shared<LstmFactory>(LstmSpec{units, peephole, 1});
}
inline std::shared_ptr<const LayerFactory> gru(Index units) { return std::make_shared<GruFactory>(GruSpec{units}); }

inline TiedSpec tied_of(Index dims, LayerList inner) {
  TiedSpec spec;
  spec.embedding.dims = dims;
  spec.inner = std::move(inner);
  return spec;
}

}  // namespace fedtide
