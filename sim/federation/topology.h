#pragma once
// Who exchanges models with whom where there is no server: graphs over the clients, and the weights of a mixture along
// their edges.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {

/// A directed graph: from whom each node hears, and whom it sends to. No loops, no double edges; neighbors ascend.
class Graph {
 public:
  using Edge = std::pair<std::uint32_t, std::uint32_t>;  ///< from, to

  /// Loops and doubles among the edges are dropped.
  Graph(std::uint32_t nodes, std::vector<Edge> edges);
  /// Every edge in both directions.
  static Graph undirected(std::uint32_t nodes, std::vector<Edge> edges);

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(out_.begins.size() - 1); }
  std::size_t edges() const { return out_.neighbors.size(); }
  std::span<const std::uint32_t> out(std::uint32_t node) const { return out_.of(node); }
  std::span<const std::uint32_t> in(std::uint32_t node) const { return in_.of(node); }
  /// Every edge goes both ways.
  bool symmetric() const { return out_.neighbors == in_.neighbors && out_.begins == in_.begins; }
  /// What any node sends can reach every other one.
  bool connected() const;

 private:
  struct Lists {
    std::vector<std::size_t> begins;
    std::vector<std::uint32_t> neighbors;
    std::span<const std::uint32_t> of(std::uint32_t node) const {
      return std::span(neighbors).subspan(begins[node], begins[node + 1] - begins[node]);
    }
  };
  static Lists lists(std::uint32_t nodes, const std::vector<Edge>& edges);
  static std::size_t reached(const Lists& lists);

  Lists out_;
  Lists in_;
};

/// How much a neighbor's model counts in a mixture.
enum class MixingWeights {
  metropolis,  ///< W_ij = 1 / (1 + max(d_i, d_j)): symmetric and doubly stochastic on any undirected graph
  uniform,     ///< W_ij = 1 / (1 + d_i): doubly stochastic where all degrees are the same
  push_sum,    ///< P_ij = 1 / (1 + out-degree of j): what a node sends sums to 1, whatever the graph
};

/// What one node's next model is made of: sum_j weight_j x_j / divisor.
struct Mixture {
  struct Part {
    std::uint32_t node = 0;
    double weight = 0;
  };
  std::vector<Part> parts;  ///< nodes ascend; the node itself is one
  double divisor = 1;
};

/// The mixture of a node that is present. Who is not is no part of it: with metropolis and uniform the node takes its
/// weight for itself, so that weights sum to the divisor still, and a symmetric W stays doubly stochastic; with
/// push_sum the sender keeps it, so that what all nodes have is what they had.
Mixture mixture_of(const Graph& graph, std::uint32_t node, MixingWeights weights,
                   std::span<const std::uint8_t> present);

/// A kind of graph with its parameters read.
class Topology {
 public:
  virtual ~Topology() = default;
  /// Why it cannot be over so many nodes; empty when it can. At least 2 nodes.
  virtual std::string mismatch(std::uint32_t /*nodes*/) const { return ""; }
  /// The graph of a round, from 0. Errors: Failure(usage) where a random graph that must be connected never is.
  virtual Graph graph(std::uint32_t nodes, std::uint64_t seed, std::uint32_t round) const = 0;
  /// Rounds differ in it.
  virtual bool changes() const { return false; }
  virtual bool directed() const { return false; }
  /// All degrees are the same, for sure.
  virtual bool regular() const { return false; }
  /// Mean out-degree.
  virtual double degree(std::uint32_t nodes) const = 0;
};
/// Why a protocol cannot run on the topology with so many clients; empty when it can. `protocol` is named in the
/// message.
std::string graph_mismatch(const Topology& topology, std::uint32_t clients, const std::string& protocol);

struct TopologyEntry {
  About about;
  std::unique_ptr<Topology> (*read)(Section& section);  ///< reads its keys from `protocol.topology:`
};

}  // namespace fedtide
