#pragma once
// Nodes of a graph, with features and labels. A batch is the graph that its nodes span.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// Neighbors of node i: neighbors[begin[i]] .. neighbors[begin[i + 1] - 1], ascending.
struct Adjacency {
  std::vector<std::uint64_t> begin{0};
  std::vector<std::uint32_t> neighbors;
};

/// Of an undirected graph: each edge once, in any order and direction, none from a node to itself.
Adjacency adjacency_of(std::uint32_t nodes, std::span<const std::pair<std::uint32_t, std::uint32_t>> edges);

/// A batch has its nodes' features, and as rows D^-1/2 (A + I) D^-1/2 of the graph of its nodes and the edges between
/// them, D that graph's degrees counting the loops I (Kipf and Welling 2017).
class GraphDataset final : public Dataset {
 public:
  /// values [features, nodes], labels [nodes], each below shape.classes.
  GraphDataset(InputShape shape, Matrix<float> values, std::vector<std::int32_t> labels, Adjacency adjacency);

  std::uint32_t size() const override { return static_cast<std::uint32_t>(values_.cols()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override;
  /// No row twice.
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { gather_as(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { gather_as(rows, batch); }

 private:
  template <class T>
  void gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const;
  template <class T>
  void gather_neighbors(std::span<const std::uint32_t> rows, Batch<T>& batch) const;

  InputShape shape_;
  Matrix<float> values_;
  std::vector<std::int32_t> labels_;
  Adjacency adjacency_;
  std::size_t most_ = 0;  ///< neighbors of the node that has most
};

}  // namespace fedtide
