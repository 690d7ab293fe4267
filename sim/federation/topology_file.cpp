// A graph from a table of its edges.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/federation/topology.h"
#include "sim/files/path.h"
#include "sim/fleet/number_table.h"

namespace fedtide {
namespace {

class EdgeTable final : public Topology {
 public:
  EdgeTable(std::vector<Graph::Edge> edges, bool directed, std::string path)
      : edges_(std::move(edges)), directed_(directed), path_(std::move(path)) {
    for (const auto& [from, to] : edges_) last_ = std::max({last_, from, to});
  }

  std::string mismatch(std::uint32_t nodes) const override {
    if (last_ < nodes) return "";
    return fmt::format("{} has an edge of client {}, and there are {}, numbered from 0", path_, last_, nodes);
  }
  Graph graph(std::uint32_t nodes, std::uint64_t, std::uint32_t) const override {
    Graph graph = directed_ ? Graph(nodes, edges_) : Graph::undirected(nodes, edges_);
    if (graph.connected()) return graph;
    throw Failure(ExitCode::usage, fmt::format("protocol.topology: {} is in pieces: not all of the {} clients can be "
                                               "reached from each other; add edges",
                                               path_, nodes));
  }
  bool directed() const override { return directed_; }
  double degree(std::uint32_t nodes) const override {
    return static_cast<double>(edges_.size()) * (directed_ ? 1 : 2) / nodes;
  }

 private:
  std::vector<Graph::Edge> edges_;
  bool directed_;
  std::string path_;
  std::uint32_t last_ = 0;
};

std::unique_ptr<Topology> read(Section& s) {
  const std::string path = s.text("path", {std::nullopt,
                                           "CSV with the columns from and to, clients numbered from 0; relative to "
                                           "the config file",
                                           ""});
  const bool directed = s.flag("directed", {false, "an edge leads from its first client to its second only", ""});
  if (s.describing() || path.empty()) return nullptr;
  const Bounds client = between(0, 4e9);
  const NumberTable table = NumberTable::read(ContentReader::open(resolve_path(path, s.folder())),
                                              {{"from", Unit::none, client, true}, {"to", Unit::none, client, true}});
  std::vector<Graph::Edge> edges;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double from = table.value(row, 0), to = table.value(row, 1);
    if (from != std::floor(from) || to != std::floor(to)) {
      s.reject("path", fmt::format("{}: edge {} leads from {} to {}, must be whole numbers", path, row + 1, from, to));
      return nullptr;
    }
    edges.emplace_back(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
  }
  return std::make_unique<EdgeTable>(std::move(edges), directed, path);
}

const Registration<TopologyEntry> entry{{{"file", "edges from a table: columns from and to", ""}, read}};

}  // namespace
}  // namespace fedtide
