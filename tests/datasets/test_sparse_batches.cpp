// What batches of sparse rows and of a graph's nodes get.

#include <cmath>

#include "datasets/graph_dataset.h"
#include "datasets/sparse_dataset.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

using RowList = std::vector<std::uint32_t>;

template <class T>
std::vector<T> first(const std::vector<T>& values, std::size_t n) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n)};
}

InputShape sparse_shape(std::vector<Index> fields, int classes) {
  InputShape shape;
  shape.kind = InputShape::Kind::sparse;
  shape.dims = std::move(fields);
  shape.classes = classes;
  return shape;
}

/// Nodes in a row, each joined to the next; node i has the feature i.
GraphDataset path(std::uint32_t nodes) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::uint32_t i = 0; i + 1 < nodes; ++i) edges.emplace_back(i + 1, i);
  Matrix<float> values(1, nodes);
  for (std::uint32_t i = 0; i < nodes; ++i) values(0, i) = static_cast<float>(i);
  return {InputShape{InputShape::Kind::graph, {1}, 2}, values, std::vector<std::int32_t>(nodes, 1),
          adjacency_of(nodes, edges)};
}

}  // namespace

TEST_CASE("a batch of sparse rows has the entries of its rows, and takes no memory the second time") {
  // Rows (0: 1/2, 3: 2), (), (1: -1).
  const SparseRows rows{{0, 2, 2, 3}, {0, 3, 1}, {0.5f, 2, -1}};
  const SparseDataset data(sparse_shape({3, 2}, 2), rows, {1, 0, 1});
  CHECK(data.size() == 3);
  CHECK(data.shape().features() == 5);
  CHECK(data.memory().count == 4 * 8 + 3 * 4 + 3 * 4 + 3 * 4);
  Batch<double> batch;
  data.gather(RowList{2, 1}, batch);
  CHECK(batch.count == 2);
  CHECK(first(batch.rows, 3) == std::vector<Index>{0, 1, 1});
  CHECK(batch.columns[0] == 1);
  CHECK(batch.values[0] == -1);
  CHECK(first(batch.labels, 2) == std::vector<std::int32_t>{1, 0});
  const auto* columns = batch.columns.data();
  const auto* values = batch.values.data();
  data.gather(RowList{0, 0}, batch);
  CHECK(first(batch.rows, 3) == std::vector<Index>{0, 2, 4});
  CHECK(first(batch.columns, 4) == std::vector<std::int32_t>{0, 3, 0, 3});
  CHECK(first(batch.values, 4) == std::vector<double>{0.5, 2, 0.5, 2});
  CHECK(batch.columns.data() == columns);
  CHECK(batch.values.data() == values);
}

TEST_CASE("sparse rows without values are ones, and columns are in order and in range") {
  SparseRows rows;
  rows.append(RowList{1, 2});
  Batch<float> batch;
  SparseDataset(sparse_shape({3}, 2), rows, {1}).gather(RowList{0}, batch);
  CHECK(first(batch.values, 2) == std::vector<float>{1, 1});
  CHECK_THROWS(SparseDataset(sparse_shape({2}, 2), rows, {1}));
  CHECK_THROWS(SparseDataset(sparse_shape({3}, 2), rows, {1, 0}));
  rows.append(RowList{2, 2});
  CHECK_THROWS(SparseDataset(sparse_shape({3}, 2), rows, {1, 0}));
}

TEST_CASE("a batch of nodes is the normalized graph that they span") {
  const GraphDataset data = path(3);
  Batch<double> batch;
  // Degrees with loops 2, 3, 2; the order is that of the batch.
  data.gather(RowList{1, 0, 2}, batch);
  const double a = 1 / std::sqrt(6.0);
  CHECK(first(batch.rows, 4) == std::vector<Index>{0, 3, 5, 7});
  CHECK(first(batch.columns, 7) == std::vector<std::int32_t>{0, 1, 2, 1, 0, 2, 0});
  const std::vector<double> expected = {1.0 / 3, a, a, 0.5, a, 0.5, a};
  for (std::size_t e = 0; e < 7; ++e) CHECK(batch.values[e] == Approx(expected[e]).epsilon(1e-15));
  CHECK(batch.dense.leftCols(3) == (Matrix<double>(1, 3) << 1, 0, 2).finished());
  const auto* columns = batch.columns.data();
  // The ends alone have no edge; two neighbors are a graph of degrees 2.
  data.gather(RowList{0, 2}, batch);
  CHECK(first(batch.columns, 2) == std::vector<std::int32_t>{0, 1});
  CHECK(first(batch.values, 2) == std::vector<double>{1, 1});
  data.gather(RowList{2, 1}, batch);
  CHECK(first(batch.values, 4) == std::vector<double>{0.5, 0.5, 0.5, 0.5});
  CHECK(batch.columns.data() == columns);
  // Another graph, and more nodes, on the same thread.
  path(9).gather(RowList{8, 0, 4, 7}, batch);
  CHECK(first(batch.rows, 5) == std::vector<Index>{0, 2, 3, 4, 6});
  CHECK(batch.columns[1] == 3);
}

TEST_CASE("edges are between two nodes of the graph, each once") {
  using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  const Adjacency a = adjacency_of(4, Edges{{2, 0}, {0, 1}});
  CHECK(a.begin == std::vector<std::uint64_t>{0, 2, 3, 4, 4});
  CHECK(a.neighbors == RowList{1, 2, 0, 0});
  CHECK_THROWS(adjacency_of(2, Edges{{0, 2}}));
  CHECK_THROWS(adjacency_of(2, Edges{{1, 1}}));
  CHECK_THROWS(adjacency_of(2, Edges{{0, 1}, {1, 0}}));
}
