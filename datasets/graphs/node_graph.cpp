#include "datasets/graphs/node_graph.h"

#include <algorithm>
#include <limits>

#include "datasets/graph_dataset.h"

namespace fedtide {
namespace {

using Ends = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// The number of different partners of each node, over edges in one direction.
Vector<double> partners(Ends ends, Index nodes) {
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  Vector<double> count = Vector<double>::Zero(nodes);
  for (const auto& [node, partner] : ends) count[node] += 1;
  return count;
}

/// Adds each end's first and last time as the last two rows.
void sum_times(const Edges& edges, Matrix<double>& x) {
  Vector<double> first = Vector<double>::Constant(x.cols(), -1), last = Vector<double>::Zero(x.cols());
  for (std::size_t e = 0; e < edges.ends.size(); ++e) {
    for (const std::uint32_t node : {edges.ends[e].first, edges.ends[e].second}) {
      first[node] = first[node] < 0 ? edges.times[e] : std::min(first[node], edges.times[e]);
      last[node] = std::max(last[node], edges.times[e]);
    }
  }
  x.row(x.rows() - 2) = first.cwiseMax(0).transpose();
  x.row(x.rows() - 1) = last.transpose();
}

}  // namespace

Matrix<double> sum_edges(const Edges& edges, std::uint32_t nodes, bool has_times) {
  const auto numbers = static_cast<Index>(edges.numbers.size()), side = 2 + 2 * numbers;
  Matrix<double> x = Matrix<double>::Zero(2 * side + (has_times ? 2 : 0), nodes);
  for (std::size_t e = 0; e < edges.ends.size(); ++e) {
    const std::pair<std::uint32_t, Index> sides[]{{edges.ends[e].first, 0}, {edges.ends[e].second, side}};
    for (const auto& [node, at] : sides) {
      auto column = x.col(node);
      column[at] += 1;
      for (Index k = 0; k < numbers; ++k) {
        const auto value = static_cast<double>(edges.numbers[static_cast<std::size_t>(k)][e]);
        column[at + 1 + 2 * k] += value;
        column[at + 2 + 2 * k] = std::max(column[at + 2 + 2 * k], value);
      }
    }
  }
  Ends reversed;
  for (const auto& [from, to] : edges.ends) reversed.emplace_back(to, from);
  x.row(side - 1) = partners(edges.ends, x.cols()).transpose();
  x.row(2 * side - 1) = partners(std::move(reversed), x.cols()).transpose();
  if (has_times) sum_times(edges, x);
  return x;
}

std::vector<std::string> sum_names(const std::vector<std::string>& numbers, bool has_times) {
  std::vector<std::string> names;
  for (const char* side : {"out", "in"}) {
    names.push_back(fmt::format("edges {}", side));
    for (const std::string& number : numbers) {
      names.push_back(fmt::format("{} {}", number, side));
      names.push_back(fmt::format("largest {} {}", number, side));
    }
    names.push_back(fmt::format("partners {}", side));
  }
  if (has_times) names.insert(names.end(), {"first time", "last time"});
  return names;
}

std::shared_ptr<const Dataset> graph_between(std::span<const std::uint32_t> rows, std::uint32_t nodes, int classes,
                                             Matrix<float> values, std::vector<std::int32_t> labels,
                                             std::span<const std::pair<std::uint32_t, std::uint32_t>> pairs) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> place(nodes, kNone);
  for (std::size_t j = 0; j < rows.size(); ++j) place[rows[j]] = static_cast<std::uint32_t>(j);
  Ends inner;
  for (const auto& [a, b] : pairs) {
    if (place[a] != kNone && place[b] != kNone) inner.emplace_back(place[a], place[b]);
  }
  const InputShape shape{InputShape::Kind::graph, {values.rows()}, classes};
  return std::make_shared<GraphDataset>(shape, std::move(values), std::move(labels),
                                        adjacency_of(static_cast<std::uint32_t>(rows.size()), inner));
}

}  // namespace fedtide
