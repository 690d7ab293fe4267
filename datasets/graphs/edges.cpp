// The source `edges`: any graph from two tables, one with a line an edge, one with a line a node. A node's label is to
// be told from its features, from what its edges sum up to, and from its neighbors. Where a column says who holds each
// node, such as a bank or a region, holders are the clients, and each knows its own nodes and the edges between them:
// an edge between two clients is left out. Sums and counts are in logarithms sign(x) log(1 + |x|), as they are heavy in
// the tail; times count from the earliest.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "datasets/graphs/node_graph.h"
#include "datasets/tables/build.h"
#include "datasets/tables/loader.h"
#include "datasets/tables/read_rules.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

struct Options {
  std::string edges_path, nodes_path;
  EdgeColumns columns;
  TableRules rules;
  bool has_clients = false;
};

const TableColumn& id_column(const Table& table) {
  return *std::find_if(table.columns.begin(), table.columns.end(),
                       [](const TableColumn& column) { return column.rule.type == ColumnType::id; });
}

/// Takes out the edges between two clients; returns how many.
std::size_t drop_between_clients(const std::vector<std::uint32_t>& clients, Edges& edges) {
  if (clients.empty()) return 0;
  std::size_t kept = 0;
  for (std::size_t e = 0; e < edges.ends.size(); ++e) {
    if (clients[edges.ends[e].first] != clients[edges.ends[e].second]) continue;
    edges.ends[kept] = edges.ends[e];
    for (auto& numbers : edges.numbers) numbers[kept] = numbers[e];
    if (!edges.times.empty()) edges.times[kept] = edges.times[e];
    ++kept;
  }
  const std::size_t dropped = edges.ends.size() - kept;
  edges.ends.resize(kept);
  for (auto& numbers : edges.numbers) numbers.resize(kept);
  if (!edges.times.empty()) edges.times.resize(kept);
  return dropped;
}

/// What the edges sum up to becomes columns of the nodes' table.
void add_sums(const Options& o, Edges edges, Table& table) {
  const bool has_times = !o.columns.time.empty();
  double earliest = std::numeric_limits<double>::infinity();
  for (const double time : edges.times) earliest = std::min(earliest, time);
  for (double& time : edges.times) time -= earliest;
  const Matrix<double> sums = sum_edges(edges, static_cast<std::uint32_t>(table.in_test.size()), has_times);
  const std::vector<std::string> names = sum_names(o.columns.numbers, has_times);
  for (std::size_t k = 0; k < names.size(); ++k) {
    const bool is_time = k + 2 >= names.size() && has_times;
    TableColumn& column = table.columns.emplace_back();
    column.rule.name = names[k];
    for (Index i = 0; i < sums.cols(); ++i) {
      const double x = sums(static_cast<Index>(k), i);
      column.numbers.push_back(static_cast<float>(is_time ? x : std::copysign(std::log1p(std::abs(x)), x)));
    }
  }
}

class EdgeList final : public DataLoader {
 public:
  explicit EdgeList(Options options) : o_(std::move(options)) {}
  std::optional<InputShape> shape() const override { return std::nullopt; }  // the files say
  bool has_clients() const override { return o_.has_clients; }

  DataSource load(std::uint64_t seed) const override {
    Table table = read_csv_table({{o_.nodes_path, false, {}}}, {}, o_.rules);
    Edges edges = read_edges(CsvReader(ContentReader::open(o_.edges_path), CsvDialect{}), o_.columns,
                             id_column(table).values, o_.nodes_path);
    const auto nodes = static_cast<std::uint32_t>(table.in_test.size());
    const std::size_t all = edges.ends.size(), dropped = drop_between_clients(table.clients, edges);
    const auto pairs = undirected(edges);
    const std::uint32_t crc32 = edges.crc32;
    add_sums(o_, std::move(edges), table);
    DataSource source =
        build_source(std::move(table), seed,
                     [&](const InputShape& shape, std::span<const std::uint32_t> rows, Matrix<float> values,
                         std::vector<std::int32_t> labels, Matrix<float>) -> std::shared_ptr<const Dataset> {
                       return graph_between(rows, nodes, shape.classes, std::move(values), std::move(labels), pairs);
                     });
    source.provenance += fmt::format(", {} (crc32 {:08x}): {} edges, {} of them left out as they join two clients",
                                     o_.edges_path, crc32, all, dropped);
    return source;
  }

 private:
  Options o_;
};

/// The rule of the id; of the others there must be one label.
void check_columns(Section& section, const std::string& id, Options& o) {
  int labels = 0;
  for (const ColumnRule& rule : o.rules.columns) {
    labels += rule.type == ColumnType::label ? 1 : 0;
    if (rule.type == ColumnType::target) section.reject("columns", "a node has a label; none may be of type: target");
    if (rule.name == id) section.reject("columns", fmt::format("\"{}\" is the id and needs no rule", id));
    o.has_clients = o.has_clients || rule.type == ColumnType::client;
  }
  if (labels == 0) section.reject("columns", "must have one of type: label");
  o.rules.columns.emplace_back().name = id;
  o.rules.columns.back().type = ColumnType::id;
  o.rules.needs_features = false;
}

std::unique_ptr<DataLoader> read(Section& section) {
  Options o;
  o.edges_path = read_path(section, "table of edges, plain or .gz");
  o.columns.from = section.text("source", {std::nullopt, "the edges' column with the node where an edge begins", ""});
  o.columns.to = section.text("target", {std::nullopt, "the edges' column with the node where an edge ends", ""});
  const auto time = section.maybe_text("time", {std::nullopt, "the edges' column with a time, a number", ""});
  const auto attributes = section.maybe_text(
      "attributes", {std::nullopt, "the edges' columns with numbers to sum up, divided by commas", ""});
  const std::string nodes =
      section.text("nodes_path", {std::nullopt, "table of nodes, plain or .gz; relative to the config file", ""});
  const std::string id = section.text("id", {std::nullopt, "the nodes' column with what the edges call them", ""});
  o.rules = read_table_rules(section, false);
  if (section.describing()) return std::make_unique<EdgeList>(std::move(o));
  o.columns.time = time.value_or("");
  if (attributes) o.columns.numbers = split_at_commas(*attributes);
  o.nodes_path = resolved(section, nodes);
  check_columns(section, id, o);
  return std::make_unique<EdgeList>(std::move(o));
}

const Registration<DatasetEntry> entry{
    {{"edges", "any graph: a table of edges and one of nodes, whose labels are to be told", ""}, read}};

}  // namespace
}  // namespace fedtide
