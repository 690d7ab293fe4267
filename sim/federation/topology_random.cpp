// Random graphs: regular, small world, Erdos-Renyi. One graph for the run, which is connected, or another one every few
// rounds.

#include <fmt/format.h>

#include <optional>
#include <unordered_set>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/federation/topology.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kMostDraws = 1000;

/// Edges that are there, whichever way they are asked for.
class EdgeSet {
 public:
  bool has(std::uint32_t a, std::uint32_t b) const { return edges_.contains(key(a, b)); }
  void add(std::uint32_t a, std::uint32_t b) { edges_.insert(key(a, b)); }
  void remove(std::uint32_t a, std::uint32_t b) { edges_.erase(key(a, b)); }

 private:
  static std::uint64_t key(std::uint32_t a, std::uint32_t b) {
    return (std::uint64_t{std::max(a, b)} << 32) | std::min(a, b);
  }
  std::unordered_set<std::uint64_t> edges_;  // never walked through: its order is the library's
};

class RandomTopology : public Topology {
 public:
  explicit RandomTopology(std::optional<std::uint32_t> redraw) : redraw_(redraw) {}

  Graph graph(std::uint32_t nodes, std::uint64_t seed, std::uint32_t round) const final {
    if (redraw_) {
      Stream stream(seed, Purpose::topology, 0u, round / *redraw_);
      return Graph::undirected(nodes, draw(nodes, stream));
    }
    for (std::uint32_t tries = 0; tries < kMostDraws; ++tries) {
      Stream stream(seed, Purpose::topology, 1u, tries);
      Graph graph = Graph::undirected(nodes, draw(nodes, stream));
      if (graph.connected()) return graph;
    }
    throw Failure(ExitCode::usage, fmt::format("protocol.topology: none of {} graphs of {} clients was connected; ask "
                                               "for more edges, or draw anew during the run with redraw: 1",
                                               kMostDraws, nodes));
  }
  bool changes() const final { return redraw_.has_value(); }

 protected:
  virtual std::vector<Graph::Edge> draw(std::uint32_t nodes, Stream& stream) const = 0;
  bool redraws() const { return redraw_.has_value(); }

 private:
  std::optional<std::uint32_t> redraw_;
};

/// Node i with those up to k / 2 places away on a ring, and for odd k with the one opposite.
std::vector<Graph::Edge> circulant(std::uint32_t nodes, std::uint32_t k) {
  std::vector<Graph::Edge> edges;
  for (std::uint32_t hop = 1; hop <= k / 2; ++hop) {
    for (std::uint32_t i = 0; i < nodes; ++i) edges.emplace_back(i, (i + hop) % nodes);
  }
  for (std::uint32_t i = 0; k % 2 == 1 && i < nodes / 2; ++i) edges.emplace_back(i, i + nodes / 2);
  return edges;
}

/// All graphs of one degree alike: many random swaps of the ends of two edges, from a circulant graph on. Milo,
/// Kashtan, Itzkovitz, Newman, Alon 2003, arXiv cond-mat/0312028.
class Regular final : public RandomTopology {
 public:
  Regular(std::uint32_t k, std::optional<std::uint32_t> redraw) : RandomTopology(redraw), k_(k) {}

  std::string mismatch(std::uint32_t nodes) const override {
    if (k_ >= nodes) return fmt::format("a degree of {} needs more than {} clients", k_, nodes);
    if (k_ * std::uint64_t{nodes} % 2 != 0)
      return fmt::format("{} clients cannot all have the odd degree {}", nodes, k_);
    if (k_ == 1 && nodes > 2 && !redraws()) return "a graph of degree 1 is in pieces: at least 2, or redraw: 1";
    return "";
  }
  bool regular() const override { return true; }
  double degree(std::uint32_t) const override { return k_; }

 private:
  std::vector<Graph::Edge> draw(std::uint32_t nodes, Stream& stream) const override {
    constexpr std::size_t kSwaps = 20;  // tried, per edge
    std::vector<Graph::Edge> edges = circulant(nodes, k_);
    EdgeSet there;
    for (const auto& [a, b] : edges) there.add(a, b);
    for (std::size_t left = kSwaps * edges.size(); left > 0; --left) {
      Graph::Edge& one = edges[uniform_below64(stream, edges.size())];
      Graph::Edge& two = edges[uniform_below64(stream, edges.size())];
      if (stream.next32() % 2 == 0) std::swap(two.first, two.second);
      const auto [a, b] = one;
      const auto [c, d] = two;
      if (a == d || c == b || a == c || b == d || there.has(a, d) || there.has(c, b)) continue;
      there.remove(a, b), there.remove(c, d);
      there.add(a, d), there.add(c, b);
      one.second = d;
      two.second = b;
    }
    return edges;
  }

  std::uint32_t k_;
};

/// A ring of k neighbors, each of whose edges is led elsewhere with probability p. Watts, Strogatz 1998.
class SmallWorld final : public RandomTopology {
 public:
  SmallWorld(std::uint32_t k, double p, std::optional<std::uint32_t> redraw) : RandomTopology(redraw), k_(k), p_(p) {}

  std::string mismatch(std::uint32_t nodes) const override {
    return k_ < nodes ? "" : fmt::format("{} neighbors need more than {} clients", k_, nodes);
  }
  double degree(std::uint32_t) const override { return k_; }

 private:
  std::vector<Graph::Edge> draw(std::uint32_t nodes, Stream& stream) const override {
    std::vector<Graph::Edge> edges = circulant(nodes, k_);
    EdgeSet there;
    for (const auto& [a, b] : edges) there.add(a, b);
    if (k_ == nodes - 1) return edges;  // nowhere else to lead to
    for (Graph::Edge& edge : edges) {
      if (uniform(stream) >= p_) continue;
      const std::uint32_t to = uniform_below(stream, nodes);
      if (to == edge.first || there.has(edge.first, to)) continue;
      there.remove(edge.first, edge.second);
      there.add(edge.first, to);
      edge.second = to;
    }
    return edges;
  }

  std::uint32_t k_;
  double p_;
};

/// Each pair with probability p. Erdos, Renyi 1959; Gilbert 1959.
class ErdosRenyi final : public RandomTopology {
 public:
  ErdosRenyi(double p, std::optional<std::uint32_t> redraw) : RandomTopology(redraw), p_(p) {}
  double degree(std::uint32_t nodes) const override { return p_ * (nodes - 1.0); }

 private:
  std::vector<Graph::Edge> draw(std::uint32_t nodes, Stream& stream) const override {
    std::vector<Graph::Edge> edges;
    for (std::uint32_t i = 1; i < nodes; ++i) {
      for (const std::uint32_t j : bernoulli_subset(stream, i, p_)) edges.emplace_back(i, j);
    }
    return edges;
  }

  double p_;
};

std::optional<std::uint32_t> read_redraw(Section& s) {
  const auto redraw = s.maybe_whole("redraw", {.fallback = {},
                                               .bounds = between(1, 1e9),
                                               .help = "rounds until another graph is drawn, which need not be "
                                                       "connected; none: one for the run, which is",
                                               .source = ""});
  return redraw ? std::optional(static_cast<std::uint32_t>(*redraw)) : std::nullopt;
}

std::unique_ptr<Topology> read_regular(Section& s) {
  const auto k = s.whole("degree", {.fallback = 4.0,
                                    .bounds = between(1, 1e6),
                                    .help = "neighbors of each client",
                                    .source = "Hegedus et al. 2021 use 20"});
  return std::make_unique<Regular>(static_cast<std::uint32_t>(k), read_redraw(s));
}

std::unique_ptr<Topology> read_small_world(Section& s) {
  const std::string source = "Watts and Strogatz, Nature 1998";
  const auto k = s.whole(
      "degree",
      {.fallback = 4.0, .bounds = between(2, 1e6), .help = "neighbors on the ring, an even number", .source = source});
  const double p = s.real("rewire", {.fallback = 0.1,
                                     .bounds = probability(),
                                     .help = "probability that an edge is led to another client",
                                     .source = source});
  if (k % 2 != 0) s.reject("degree", fmt::format("must be even, got {}", k));
  return std::make_unique<SmallWorld>(static_cast<std::uint32_t>(k), p, read_redraw(s));
}

std::unique_ptr<Topology> read_erdos_renyi(Section& s) {
  const double p = s.real("probability", {.fallback = 0.1,
                                          .bounds = fraction(),
                                          .help = "that two clients are neighbors",
                                          .source = "Erdos and Renyi 1959"});
  return std::make_unique<ErdosRenyi>(p, read_redraw(s));
}

const Registration<TopologyEntry> regular{
    {{"regular", "a random graph in which all have the same number of neighbors", "Milo et al. 2003, cond-mat/0312028"},
     read_regular}};
const Registration<TopologyEntry> small_world{
    {{"small_world", "a ring with some edges led elsewhere", "Watts and Strogatz, Nature 1998"}, read_small_world}};
const Registration<TopologyEntry> erdos_renyi{
    {{"erdos_renyi", "each pair of clients with the same probability", "Erdos and Renyi 1959"}, read_erdos_renyi}};

}  // namespace
}  // namespace fedtide
