// Graphs that follow from the number of nodes alone: ring, torus, complete, star, exponential.

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <optional>

#include "sim/federation/topology.h"

namespace fedtide {
namespace {

class Ring final : public Topology {
 public:
  Graph graph(std::uint32_t nodes, std::uint64_t, std::uint32_t) const override {
    std::vector<Graph::Edge> edges;
    for (std::uint32_t i = 0; i < nodes; ++i) edges.emplace_back(i, (i + 1) % nodes);
    return Graph::undirected(nodes, std::move(edges));
  }
  bool regular() const override { return true; }
  double degree(std::uint32_t nodes) const override { return nodes > 2 ? 2 : 1; }
};

/// rows x columns, each node next to four others.
class Torus final : public Topology {
 public:
  explicit Torus(std::optional<std::uint32_t> rows) : rows_(rows) {}

  std::string mismatch(std::uint32_t nodes) const override {
    const std::uint32_t rows = rows_of(nodes);
    if (rows >= 3 && nodes % rows == 0 && nodes / rows >= 3) return "";
    if (rows_) return fmt::format("{} clients are no torus of {} rows: both sides must be at least 3", nodes, rows);
    return fmt::format("{} clients are no torus: they must be a product of two numbers of at least 3, such as {}",
                       nodes, nodes < 9 ? 9 : 3 * (nodes / 3));
  }
  Graph graph(std::uint32_t nodes, std::uint64_t, std::uint32_t) const override {
    const std::uint32_t rows = rows_of(nodes), columns = nodes / rows;
    std::vector<Graph::Edge> edges;
    for (std::uint32_t i = 0; i < rows; ++i) {
      for (std::uint32_t j = 0; j < columns; ++j) {
        edges.emplace_back(i * columns + j, i * columns + (j + 1) % columns);
        edges.emplace_back(i * columns + j, (i + 1) % rows * columns + j);
      }
    }
    return Graph::undirected(nodes, std::move(edges));
  }
  bool regular() const override { return true; }
  double degree(std::uint32_t) const override { return 4; }

 private:
  /// As near to a square as the number of nodes allows.
  std::uint32_t rows_of(std::uint32_t nodes) const {
    if (rows_) return *rows_;
    auto rows = static_cast<std::uint32_t>(std::sqrt(static_cast<double>(nodes)));
    while (nodes % rows != 0) --rows;
    return rows;
  }

  std::optional<std::uint32_t> rows_;
};

class Complete final : public Topology {
 public:
  Graph graph(std::uint32_t nodes, std::uint64_t, std::uint32_t) const override {
    std::vector<Graph::Edge> edges;
    for (std::uint32_t i = 0; i < nodes; ++i) {
      for (std::uint32_t j = 0; j < i; ++j) edges.emplace_back(i, j);
    }
    return Graph::undirected(nodes, std::move(edges));
  }
  bool regular() const override { return true; }
  double degree(std::uint32_t nodes) const override { return nodes - 1.0; }
};

class Star final : public Topology {
 public:
  Graph graph(std::uint32_t nodes, std::uint64_t, std::uint32_t) const override {
    std::vector<Graph::Edge> edges;
    for (std::uint32_t i = 1; i < nodes; ++i) edges.emplace_back(0, i);
    return Graph::undirected(nodes, std::move(edges));
  }
  double degree(std::uint32_t nodes) const override { return 2.0 * (nodes - 1) / nodes; }
};

/// Node i sends to i + 2^k mod n, k = 0 .. ceil(log2 n) - 1: to all of them, or to one after the other, a round each.
class Exponential final : public Topology {
 public:
  explicit Exponential(bool one_peer) : one_peer_(one_peer) {}

  Graph graph(std::uint32_t nodes, std::uint64_t, std::uint32_t round) const override {
    const std::uint32_t hops = hops_of(nodes);
    std::vector<Graph::Edge> edges;
    for (std::uint32_t k = 0; k < hops; ++k) {
      if (one_peer_ && k != round % hops) continue;
      for (std::uint32_t i = 0; i < nodes; ++i) {
        edges.emplace_back(i, static_cast<std::uint32_t>((i + (std::uint64_t{1} << k)) % nodes));
      }
    }
    return Graph(nodes, std::move(edges));
  }
  bool changes() const override { return one_peer_; }
  bool directed() const override { return true; }
  bool regular() const override { return true; }
  double degree(std::uint32_t nodes) const override { return one_peer_ ? 1 : hops_of(nodes); }

 private:
  static std::uint32_t hops_of(std::uint32_t nodes) { return static_cast<std::uint32_t>(std::bit_width(nodes - 1)); }

  bool one_peer_;
};

template <class Kind>
std::unique_ptr<Topology> read(Section&) {
  return std::make_unique<Kind>();
}

std::unique_ptr<Topology> read_torus(Section& s) {
  const auto rows = s.maybe_whole("rows", {.fallback = {},
                                           .bounds = between(3, 1e6),
                                           .help = "rows of the torus; none: as near to a square as there is",
                                           .source = ""});
  return std::make_unique<Torus>(rows ? std::optional(static_cast<std::uint32_t>(*rows)) : std::nullopt);
}

std::unique_ptr<Topology> read_exponential(Section& s) {
  const std::string source = "Assran et al. 2019, arXiv 1811.10792; Ying et al. 2021, arXiv 2110.13363";
  return std::make_unique<Exponential>(
      s.flag("one_peer", {true, "one of the neighbors a round, in turn; else all of them in every round", source}));
}

const Registration<TopologyEntry> ring{
    {{"ring", "each client with the one before and the one after it", ""}, read<Ring>}};
const Registration<TopologyEntry> torus{
    {{"torus", "rows and columns that close upon themselves: four neighbors each", ""}, read_torus}};
const Registration<TopologyEntry> complete{{{"complete", "everyone with everyone", ""}, read<Complete>}};
const Registration<TopologyEntry> star{{{"star", "everyone with client 0", ""}, read<Star>}};
const Registration<TopologyEntry> exponential{
    {{"exponential", "client i sends to i + 1, i + 2, i + 4, ...: directed", "Assran et al. 2019, arXiv 1811.10792"},
     read_exponential}};

}  // namespace
}  // namespace fedtide
