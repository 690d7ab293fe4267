#pragma once
// What data sets of nodes and edges share: what a node's edges sum up to, and the graph between some of the nodes.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/edges.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// Each node's edges, summed up. Rows of the result, over edges out and then over edges in: their number; of each of
/// the edges' numbers its sum and its largest (at least 0); the number of different partners. With has_times,
/// two more rows: the first and the last time, 0 where there is none. [rows, nodes]
Matrix<double> sum_edges(const Edges& edges, std::uint32_t nodes, bool has_times);

/// Names of those rows.
std::vector<std::string> sum_names(const std::vector<std::string>& numbers, bool has_times);

/// The graph of the nodes `rows` and the edges between them. values [features, rows], labels [rows]; pairs as
/// `undirected` gives them, of all nodes.
std::shared_ptr<const Dataset> graph_between(std::span<const std::uint32_t> rows, std::uint32_t nodes, int classes,
                                             Matrix<float> values, std::vector<std::int32_t> labels,
                                             std::span<const std::pair<std::uint32_t, std::uint32_t>> pairs);

}  // namespace fedtide
