#include "datasets/graph_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "datasets/gather.h"
#include "sim/base/error.h"

namespace fedtide {

Adjacency adjacency_of(std::uint32_t nodes, std::span<const std::pair<std::uint32_t, std::uint32_t>> edges) {
  Adjacency a;
  a.begin.assign(std::size_t{nodes} + 1, 0);
  for (const auto& [from, to] : edges) {
    FEDTIDE_REQUIRE(from < nodes && to < nodes && from != to, "an edge from {} to {} of {} nodes", from, to, nodes);
    ++a.begin[from + 1];
    ++a.begin[to + 1];
  }
  for (std::size_t i = 0; i < nodes; ++i) a.begin[i + 1] += a.begin[i];
  a.neighbors.resize(a.begin.back());
  std::vector<std::uint64_t> next(a.begin.begin(), a.begin.end() - 1);
  for (const auto& [from, to] : edges) {
    a.neighbors[next[from]++] = to;
    a.neighbors[next[to]++] = from;
  }
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto first = a.neighbors.begin() + static_cast<std::ptrdiff_t>(a.begin[i]);
    const auto last = a.neighbors.begin() + static_cast<std::ptrdiff_t>(a.begin[i + 1]);
    std::sort(first, last);
    FEDTIDE_REQUIRE(std::adjacent_find(first, last) == last, "node {} has an edge twice", i);
  }
  return a;
}

GraphDataset::GraphDataset(InputShape shape, Matrix<float> values, std::vector<std::int32_t> labels,
                           Adjacency adjacency)
    : shape_(std::move(shape)),
      values_(std::move(values)),
      labels_(std::move(labels)),
      adjacency_(std::move(adjacency)) {
  FEDTIDE_REQUIRE(values_.cols() <= std::numeric_limits<std::int32_t>::max(), "{} nodes do not fit in 31 bits",
                  values_.cols());
  FEDTIDE_REQUIRE(shape_.kind == InputShape::Kind::graph && values_.rows() == shape_.features(),
                  "{} features, the shape says {}", values_.rows(), shape_.features());
  FEDTIDE_REQUIRE(labels_.size() == size() && adjacency_.begin.size() == std::size_t{size()} + 1,
                  "{} labels and neighbors of {} for {} nodes", labels_.size(), adjacency_.begin.size() - 1, size());
  for (std::size_t i = 0; i < size(); ++i) {
    most_ = std::max(most_, static_cast<std::size_t>(adjacency_.begin[i + 1] - adjacency_.begin[i]));
  }
}

Bytes GraphDataset::memory() const {
  return {static_cast<std::int64_t>(
      static_cast<std::size_t>(values_.size()) * sizeof(float) + labels_.size() * sizeof(std::int32_t) +
      adjacency_.begin.size() * sizeof(std::uint64_t) + adjacency_.neighbors.size() * sizeof(std::uint32_t))};
}

template <class T>
void GraphDataset::gather_neighbors(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  // Of each node its place in the batch. A thread's, and all -1 between two gathers, so that a gather takes time and
  // memory by the batch alone.
  thread_local std::vector<std::int32_t> places;
  if (places.size() < size()) places.resize(size(), -1);
  for (std::size_t j = 0; j < rows.size(); ++j) {
    FEDTIDE_REQUIRE(places[rows[j]] < 0, "node {} is twice in a batch", rows[j]);
    places[rows[j]] = static_cast<std::int32_t>(j);
  }
  std::size_t at = 0;
  batch.rows[0] = 0;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    batch.columns[at++] = static_cast<std::int32_t>(j);
    for (std::uint64_t e = adjacency_.begin[rows[j]]; e < adjacency_.begin[rows[j] + 1]; ++e) {
      const std::int32_t place = places[adjacency_.neighbors[e]];
      if (place >= 0) batch.columns[at++] = place;
    }
    batch.rows[j + 1] = static_cast<Index>(at);
  }
  for (const std::uint32_t row : rows) places[row] = -1;
}

template <class T>
void GraphDataset::gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  const Index features = values_.rows();
  gather_columns(features, labels(), rows, batch, [this, features](std::uint32_t row, T* column) {
    const float* node = values_.data() + static_cast<Index>(row) * features;
    for (Index i = 0; i < features; ++i) column[i] = static_cast<T>(node[i]);
  });
  // Room for any nodes as many, so that another batch needs no more.
  const std::size_t room = std::min(rows.size() * (most_ + 1), rows.size() + adjacency_.neighbors.size());
  if (batch.rows.size() < rows.size() + 1) batch.rows.resize(rows.size() + 1);
  if (batch.columns.size() < room) batch.columns.resize(room);
  if (batch.values.size() < room) batch.values.resize(room);
  gather_neighbors(rows, batch);
  const auto degree = [&batch](std::size_t i) { return static_cast<double>(batch.rows[i + 1] - batch.rows[i]); };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (auto e = static_cast<std::size_t>(batch.rows[i]); e < static_cast<std::size_t>(batch.rows[i + 1]); ++e) {
      const auto neighbor = static_cast<std::size_t>(batch.columns[e]);
      batch.values[e] = static_cast<T>(1 / std::sqrt(degree(i) * degree(neighbor)));
    }
  }
}

}  // namespace fedtide
