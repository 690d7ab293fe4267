// AMLSim: simulated bank transactions, some of which launder money. Suzumura and Kanezashi: Anti-money laundering
// datasets. IBM, 2021, github.com/IBM/AMLSim. An account is a node, its label whether it takes part in fraud, its
// neighbors the accounts it has transactions with. The files name no banks: as each has accounts of its own, account i
// is at bank i modulo `banks`, and banks are the clients (Suzumura et al. 2019, arXiv 1909.12946). What stands in a
// batch is the graph between its accounts, so that a bank does not see the neighbors that other banks have.
//
// Features of an account, in logarithms log(1 + x) and standardized over the training accounts: its first balance; for
// transactions out and in each their number, their sum, the largest, and the different partners; and the times of its
// first and last transaction.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "datasets/graphs/node_graph.h"
#include "datasets/tables/loader.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/files/number.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

constexpr Index kFeatures = 11;
using Ends = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

struct Options {
  std::string path;
  std::uint32_t banks = 0;
  double test_fraction = 0;
};

struct Accounts {
  Dictionary ids;
  std::vector<std::uint32_t> numbers;  ///< nodeid
  std::vector<std::int32_t> labels;
  std::vector<float> balances;
  std::string provenance;
};

Accounts read_accounts(const std::string& path) {
  TableRules rules;
  for (const auto& [name, type] : {std::pair("nodeid", ColumnType::group), std::pair("isFraud", ColumnType::label),
                                   std::pair("fraudStep", ColumnType::ignore)}) {
    rules.columns.emplace_back().name = name;
    rules.columns.back().type = type;
  }
  rules.columns[1].values = {"0", "1"};
  Table table = read_csv_table({{path, false, {}}}, {}, rules);
  Accounts accounts;
  accounts.provenance = table.provenance;
  for (TableColumn& column : table.columns) {
    if (column.rule.name == "isFraud") accounts.labels.assign(column.codes.begin(), column.codes.end());
    if (column.rule.name == "init_balance") accounts.balances = std::move(column.numbers);
    if (column.rule.name != "nodeid") continue;
    for (const std::uint32_t code : column.codes) {
      const std::string& id = column.values.names()[code];
      const auto number = parse_whole(id, 0, std::numeric_limits<std::uint32_t>::max());
      if (!number || accounts.ids.find(id)) {
        throw Failure(ExitCode::data_damaged,
                      fmt::format("{}: row {}: nodeid: found {}, must be {}", path, accounts.numbers.size() + 1,
                                  in_quotes(id), number ? "there once" : "a whole number"));
      }
      accounts.numbers.push_back(static_cast<std::uint32_t>(*number));
      accounts.ids.add(id);
    }
  }
  if (accounts.balances.size() != accounts.labels.size()) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: has no column \"init_balance\"", path));
  }
  return accounts;
}

Matrix<float> features_of(const Accounts& accounts, const Edges& edges) {
  const auto n = static_cast<Index>(accounts.labels.size());
  const Matrix<double> sums = sum_edges(edges, static_cast<std::uint32_t>(n), true);
  Matrix<float> features(kFeatures, n);
  for (Index i = 0; i < n; ++i) {
    for (Index k = 0; k < kFeatures; ++k) {
      const double x = k == 0 ? static_cast<double>(accounts.balances[static_cast<std::size_t>(i)]) : sums(k - 1, i);
      features(k, i) = static_cast<float>(std::log1p(std::max(x, 0.0)));
    }
  }
  return features;
}

/// Mean 0 and variance 1 over the training accounts.
void standardize(Matrix<float>& x, const std::vector<std::uint32_t>& train) {
  for (Index k = 0; k < x.rows(); ++k) {
    double sum = 0, squares = 0;
    for (const std::uint32_t i : train) sum += static_cast<double>(x(k, i));
    const double mean = sum / static_cast<double>(train.size());
    for (const std::uint32_t i : train) squares += std::pow(static_cast<double>(x(k, i)) - mean, 2);
    const double deviation = std::sqrt(squares / static_cast<double>(train.size()));
    for (Index i = 0; i < x.cols(); ++i) {
      x(k, i) = static_cast<float>((static_cast<double>(x(k, i)) - mean) / (deviation > 0 ? deviation : 1));
    }
  }
}

class Amlsim final : public DataLoader {
 public:
  explicit Amlsim(Options options) : o_(std::move(options)) {}
  std::optional<InputShape> shape() const override { return InputShape{InputShape::Kind::graph, {kFeatures}, 2}; }
  bool has_clients() const override { return true; }
  std::optional<std::uint32_t> clients() const override { return o_.banks; }

  DataSource load(std::uint64_t seed) const override {
    const std::string nodes_path = file_in(o_.path, "nodes.csv"), edges_path = file_in(o_.path, "transactions.csv");
    const Accounts accounts = read_accounts(nodes_path);
    const Edges edges = read_edges(CsvReader(ContentReader::open(edges_path), CsvDialect{}),
                                   {"sourceNodeId", "targetNodeId", {"value"}, "time"}, accounts.ids, nodes_path);
    Matrix<float> features = features_of(accounts, edges);
    std::vector<std::vector<std::uint32_t>> halves[2];
    deal(accounts, seed, halves[0], halves[1]);
    std::vector<std::uint32_t> train;
    for (const auto& bank : halves[0]) train.insert(train.end(), bank.begin(), bank.end());
    standardize(features, train);
    DataSource source;
    const Ends pairs = undirected(edges);
    source.train = subgraph(accounts, features, pairs, halves[0], source.natural_clients.emplace());
    if (o_.test_fraction > 0) {
      source.test = subgraph(accounts, features, pairs, halves[1], source.natural_test.emplace());
      if (source.test == nullptr) source.natural_test.reset();
    }
    for (std::uint32_t bank = 0; bank < o_.banks; ++bank) source.client_names.push_back(fmt::format("bank {}", bank));
    source.provenance =
        fmt::format("{}, {} (crc32 {:08x}): {} accounts, {} transactions, {} banks", accounts.provenance, edges_path,
                    edges.crc32, accounts.labels.size(), edges.ends.size(), o_.banks);
    return source;
  }

 private:
  using Banks = std::vector<std::vector<std::uint32_t>>;

  /// Each bank's accounts for training and for testing.
  void deal(const Accounts& accounts, std::uint64_t seed, Banks& train, Banks& test) const {
    train.resize(o_.banks);
    test.resize(o_.banks);
    for (std::uint32_t i = 0; i < accounts.numbers.size(); ++i) train[accounts.numbers[i] % o_.banks].push_back(i);
    for (std::uint32_t bank = 0; bank < o_.banks; ++bank) {
      auto& own = train[bank];
      if (own.empty()) {
        throw Failure(ExitCode::usage, fmt::format("data.banks: {}, but bank {} has none of the {} accounts", o_.banks,
                                                   bank, accounts.numbers.size()));
      }
      Stream stream(seed, Purpose::dataset, 1 + bank);
      shuffle(stream, std::span(own));
      const auto count = static_cast<std::ptrdiff_t>(o_.test_fraction * static_cast<double>(own.size()));
      test[bank].assign(own.end() - count, own.end());
      own.resize(own.size() - static_cast<std::size_t>(count));
      std::sort(own.begin(), own.end());
      std::sort(test[bank].begin(), test[bank].end());
    }
  }

  /// The graph between some accounts; `clients` are the banks' rows of it. Null where there are none.
  static std::shared_ptr<const Dataset> subgraph(const Accounts& accounts, const Matrix<float>& features,
                                                 const Ends& pairs, const Banks& banks, Shards& clients) {
    std::vector<std::uint32_t> rows;
    for (const auto& bank : banks) {
      std::vector<std::uint32_t> own(bank.size());
      std::iota(own.begin(), own.end(), static_cast<std::uint32_t>(rows.size()));
      clients.append(own);
      rows.insert(rows.end(), bank.begin(), bank.end());
    }
    if (rows.empty()) return nullptr;
    Matrix<float> values(kFeatures, static_cast<Index>(rows.size()));
    std::vector<std::int32_t> labels;
    for (std::size_t j = 0; j < rows.size(); ++j) {
      values.col(static_cast<Index>(j)) = features.col(rows[j]);
      labels.push_back(accounts.labels[rows[j]]);
    }
    return graph_between(rows, static_cast<std::uint32_t>(accounts.labels.size()), 2, std::move(values),
                         std::move(labels), pairs);
  }

  Options o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  Options o;
  o.path = read_path(section, "folder with nodes.csv and transactions.csv, plain or .gz");
  o.banks = static_cast<std::uint32_t>(section.whole(
      "banks", {10.0, between(1, 1e6), "banks, which are the clients; account i is at bank i modulo them", ""}));
  o.test_fraction = section.real("test_fraction", {0.2, Bounds{0, 1, false, true},
                                                   "share of each bank's accounts, drawn at random, for testing", ""});
  return std::make_unique<Amlsim>(std::move(o));
}

const Registration<DatasetEntry> entry{
    {{"amlsim", "accounts and their transactions, some of them fraud; banks are the clients",
      "IBM AMLSim, Suzumura and Kanezashi 2021"},
     read}};
const Registration<DataCard> card{{{"amlsim", "", ""}, "Apache-2.0; generated, no person behind it", {}}};

}  // namespace
}  // namespace fedtide
