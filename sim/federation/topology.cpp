#include "sim/federation/topology.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace fedtide {

Graph::Graph(std::uint32_t nodes, std::vector<Edge> edges) {
  FEDTIDE_REQUIRE(nodes > 0, "a graph of no nodes");
  std::erase_if(edges, [](const Edge& edge) { return edge.first == edge.second; });
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  out_ = lists(nodes, edges);
  for (Edge& edge : edges) std::swap(edge.first, edge.second);
  std::sort(edges.begin(), edges.end());
  in_ = lists(nodes, edges);
}

Graph Graph::undirected(std::uint32_t nodes, std::vector<Edge> edges) {
  const std::size_t count = edges.size();
  for (std::size_t i = 0; i < count; ++i) edges.emplace_back(edges[i].second, edges[i].first);
  return Graph(nodes, std::move(edges));
}

Graph::Lists Graph::lists(std::uint32_t nodes, const std::vector<Edge>& edges) {
  Lists all;
  all.begins.assign(std::size_t{nodes} + 1, 0);
  for (const Edge& edge : edges) {
    FEDTIDE_REQUIRE(edge.first < nodes && edge.second < nodes, "edge {} to {} of {} nodes", edge.first, edge.second,
                    nodes);
    ++all.begins[std::size_t{edge.first} + 1];
    all.neighbors.push_back(edge.second);
  }
  for (std::size_t i = 0; i < nodes; ++i) all.begins[i + 1] += all.begins[i];
  return all;
}

/// How many nodes can be reached from the first.
std::size_t Graph::reached(const Lists& lists) {
  std::vector<std::uint8_t> seen(lists.begins.size() - 1, 0);
  std::vector<std::uint32_t> waiting = {0};
  seen[0] = 1;
  std::size_t count = 0;
  while (!waiting.empty()) {
    const std::uint32_t node = waiting.back();
    waiting.pop_back();
    ++count;
    for (const std::uint32_t next : lists.of(node)) {
      if (seen[next] == 0) waiting.push_back(next);
      seen[next] = 1;
    }
  }
  return count;
}

bool Graph::connected() const { return reached(out_) == nodes() && (symmetric() || reached(in_) == nodes()); }

Mixture mixture_of(const Graph& graph, std::uint32_t node, MixingWeights weights,
                   std::span<const std::uint8_t> present) {
  const auto degree = [&](std::uint32_t of) { return static_cast<double>(graph.out(of).size()); };
  const auto weight_of = [&](std::uint32_t from) {
    if (weights == MixingWeights::metropolis) return 1 / (1 + std::max(degree(node), degree(from)));
    return weights == MixingWeights::uniform ? 1 : 1 / (1 + degree(from));
  };
  Mixture mixture;
  std::size_t self = 0;
  double others = 0;
  for (const std::uint32_t from : graph.in(node)) {
    if (present[from] == 0) continue;
    if (from < node) self = mixture.parts.size() + 1;
    mixture.parts.push_back({from, weight_of(from)});
    others += mixture.parts.back().weight;
  }
  double kept = 1 - others;
  if (weights == MixingWeights::uniform) {
    mixture.divisor = 1 + static_cast<double>(graph.in(node).size());
    kept = mixture.divisor - others;
  } else if (weights == MixingWeights::push_sum) {
    const std::span<const std::uint32_t> to = graph.out(node);
    const auto away = std::count_if(to.begin(), to.end(), [&](std::uint32_t each) { return present[each] == 0; });
    kept = (1 + static_cast<double>(away)) / (1 + degree(node));
  }
  mixture.parts.insert(mixture.parts.begin() + static_cast<std::ptrdiff_t>(self), {node, kept});
  return mixture;
}

std::string graph_mismatch(const Topology& topology, std::uint32_t clients, const std::string& protocol) {
  constexpr double kMostEdges = 5e7;  // a gigabyte while the graph is made
  if (clients < 2) return fmt::format("{} needs at least 2 clients, there are {}", protocol, clients);
  const std::string why = topology.mismatch(clients);
  const double edges = topology.degree(clients) * clients;
  if (!why.empty() || edges <= kMostEdges) return why;
  return fmt::format(
      "the topology has about {:.3g} edges over {} clients, at most {:.0e} are possible; choose one with "
      "fewer neighbors",
      edges, clients, kMostEdges);
}

}  // namespace fedtide
