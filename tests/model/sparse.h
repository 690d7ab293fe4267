#pragma once
// Random sparse rows and graphs, and the models that read them.

#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/model/network.h"
#include "tests/model/samples.h"

namespace fedtide {

inline InputShape sparse_input(std::vector<Index> fields, int classes, Index targets = 0) {
  InputShape shape;
  shape.kind = InputShape::Kind::sparse;
  shape.dims = std::move(fields);
  shape.classes = classes;
  shape.targets = targets;
  return shape;
}

inline InputShape graph_input(Index features, int classes) {
  return InputShape{InputShape::Kind::graph, {features}, classes};
}

inline std::unique_ptr<ModelFactory> registered_model(const std::string& name, const std::string& keys) {
  Problems problems;
  const Node root = load_yaml_text(keys, "exp.yaml");
  return read_config(root, problems, [&](Section& s) { return Registry<ModelEntry>::instance().at(name).read(s); });
}

/// One entry 1 in each field, or with `gaps` a normal number in four of five fields.
template <class T>
void add_sparse_rows(const InputShape& shape, Index count, bool gaps, Stream& stream, Batch<T>& batch) {
  batch.rows = {0};
  for (Index j = 0; j < count; ++j) {
    Index first = 0;
    for (const Index size : shape.dims) {
      const Index column = first + uniform_below(stream, static_cast<std::uint32_t>(size));
      first += size;
      if (gaps && uniform(stream) < 0.2) continue;
      batch.columns.push_back(static_cast<std::int32_t>(column));
      batch.values.push_back(gaps ? static_cast<T>(static_cast<float>(normal(stream))) : T(1));
    }
    batch.rows.push_back(static_cast<Index>(batch.columns.size()));
  }
}

/// Each node counts itself, and about two others, with normal weights: no symmetry.
template <class T>
void add_neighbors(Index count, Stream& stream, Batch<T>& batch) {
  batch.rows = {0};
  for (Index i = 0; i < count; ++i) {
    for (Index j = 0; j < count; ++j) {
      if (i != j && uniform(stream) * static_cast<double>(count) > 2) continue;
      batch.columns.push_back(static_cast<std::int32_t>(j));
      batch.values.push_back(static_cast<T>(static_cast<float>(normal(stream))));
    }
    batch.rows.push_back(static_cast<Index>(batch.columns.size()));
  }
}

struct SparseCase {
  std::string model, keys;
  InputShape input;
  bool gaps = true;  ///< rows are of any numbers and lengths
};

inline std::vector<SparseCase> sparse_cases() {
  const InputShape three = sparse_input({5, 4, 6}, 3), two = sparse_input({5, 4, 6}, 2);
  return {{"softmax", "", three},
          {"softmax", "bias: false", three},
          {"linear", "", sparse_input({15}, 0, 2)},
          {"layers", "layers: [{layer: sparse_dense, units: 5, init: he}, {layer: tanh}]", three},
          {"factorization_machine", "factors: 3", two},
          {"factorization_machine", "factors: 3", sparse_input({5, 4, 6}, 0, 1)},
          {"wide_and_deep", "{embedding: 3, hidden: [7, 5]}", two},
          {"wide_and_deep", "{embedding: 2, hidden: [], loss: {name: cross_entropy}}", three},
          {"matrix_factorization", "factors: 3", sparse_input({4, 7}, 0, 1), false},
          {"gcn", "{hidden: 5, dropout: 0}", graph_input(4, 3)},
          {"gcn", "{hidden: 6, dropout: 0.4, bias: true}", graph_input(9, 2)}};
}

/// With noise, as local training sets it.
template <class T>
Batch<T> sparse_batch(const SparseCase& one, Index count, std::uint64_t seed = 5) {
  const bool is_graph = one.input.kind == InputShape::Kind::graph;
  auto batch = random_batch<T>(is_graph ? one.input.dims[0] : 1, std::max(one.input.classes, 1), count, seed);
  Stream stream(seed + 1, Purpose::dataset);
  if (is_graph) {
    add_neighbors(count, stream, batch);
  } else {
    add_sparse_rows(one.input, count, one.gaps, stream, batch);
  }
  batch.targets.setZero(one.input.targets, count);
  for (T& y : batch.targets.reshaped()) y = static_cast<T>(static_cast<float>(normal(stream)));
  batch.noise = BatchNoise{Stream(8, Purpose::dropout_mask, 3, 1), 2, 0};
  return batch;
}

template <class T>
std::unique_ptr<const Model<T>> model_of(const SparseCase& one) {
  const auto factory = registered_model(one.model, one.keys);
  if constexpr (std::is_same_v<T, float>) {
    return factory->make_float(one.input);
  } else {
    return factory->make_double(one.input);
  }
}

}  // namespace fedtide
