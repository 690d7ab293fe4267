// The small tables of FATE (Liu et al.: FATE: an industrial grade platform for collaborative learning with data
// protection. JMLR 22, 2021), whose rows are split between a guest and a host, the clients, and a test file: breast
// (Wisconsin), vehicle (Statlog) and student (performance, a number to predict). In breast_hetero the same 569 people
// have some features at the guest and some at the host; the two files are joined by id, the guest's features first.

#include <cstdint>
#include <memory>

#include "datasets/tables/loader.h"
#include "sim/base/error.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

/// `id` as `id_type`, `y` as `y_type`, numbers else.
TableRules fate_rules(ColumnType id_type, std::optional<ColumnType> y_type) {
  TableRules rules;
  rules.columns.emplace_back().name = "id";
  rules.columns.back().type = id_type;
  if (y_type) {
    rules.columns.emplace_back().name = "y";
    rules.columns.back().type = *y_type;
  }
  return rules;
}

Table read_parties(const std::string& folder, const std::string& stem, ColumnType y_type, Standardize standardize) {
  const std::vector<TableFile> files{{file_in(folder, stem + "_homo_guest.csv"), false, "guest"},
                                     {file_in(folder, stem + "_homo_host.csv"), false, "host"},
                                     {file_in(folder, stem + "_homo_test.csv"), true, "test"}};
  TableRules rules = fate_rules(ColumnType::ignore, y_type);
  rules.standardize = standardize;
  return read_csv_table(files, {}, rules);
}

/// The column of ids, of which none may be there twice.
const TableColumn& ids_of(const Table& table, const std::string& path) {
  for (const TableColumn& column : table.columns) {
    if (column.rule.name != "id") continue;
    if (column.values.size() == column.codes.size()) return column;
    throw Failure(ExitCode::data_damaged, fmt::format("{}: id: {} rows with {} different ids; each must be there once",
                                                      path, column.codes.size(), column.values.size()));
  }
  FEDTIDE_REQUIRE(false, "no column of ids");
  return table.columns.front();
}

/// The guest's table with the host's columns beside it.
Table join_parties(const std::string& folder, double test_fraction, Standardize standardize) {
  const std::string guest_path = file_in(folder, "breast_hetero_guest.csv");
  const std::string host_path = file_in(folder, "breast_hetero_host.csv");
  Table guest = read_csv_table({{guest_path, false, {}}}, {}, fate_rules(ColumnType::group, ColumnType::label));
  Table host = read_csv_table({{host_path, false, {}}}, {}, fate_rules(ColumnType::group, std::nullopt));
  const TableColumn& guest_ids = ids_of(guest, guest_path);
  const TableColumn& host_ids = ids_of(host, host_path);
  std::vector<std::uint32_t> row_of(host_ids.values.size());
  for (std::uint32_t row = 0; row < host_ids.codes.size(); ++row) row_of[host_ids.codes[row]] = row;
  std::vector<std::uint32_t> host_rows;
  for (const std::uint32_t code : guest_ids.codes) {
    const std::string& id = guest_ids.values.names()[code];
    const auto there = host_ids.values.find(id);
    if (!there) {
      throw Failure(ExitCode::data_damaged, fmt::format("{}: has no id {}, which {} has", host_path, id, guest_path));
    }
    host_rows.push_back(row_of[*there]);
  }
  std::erase_if(guest.columns, [](const TableColumn& column) { return column.rule.name == "id"; });
  for (const TableColumn& column : host.columns) {
    if (column.rule.name == "id") continue;
    TableColumn joined = column;
    joined.rule.name = "host_" + column.rule.name;
    for (std::size_t i = 0; i < host_rows.size(); ++i) joined.numbers[i] = column.numbers[host_rows[i]];
    joined.numbers.resize(host_rows.size());
    guest.columns.push_back(std::move(joined));
  }
  guest.provenance += ", " + host.provenance;
  guest.rules.test_fraction = test_fraction;
  guest.rules.standardize = standardize;
  return guest;
}

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path = read_path(section, "folder with the files of FATE's examples, plain or .gz");
  const std::string table =
      section.word("table", Words{std::nullopt,
                                  {{"breast", "30 features, 2 classes, 455 + 114 rows", ""},
                                   {"vehicle", "18 features, 4 classes, 846 + 169 rows", ""},
                                   {"student", "13 features, a number to predict, 316 + 79 rows", ""},
                                   {"breast_hetero", "30 features, 2 classes, 569 rows; no clients", ""}},
                                  "which of the tables",
                                  ""});
  const bool is_joined = table == "breast_hetero";
  const double test_fraction = read_test_fraction(section, 0);
  const Standardize standardize = read_standardize(section, "none");
  if (!is_joined && section.given("test_fraction")) {
    section.reject("test_fraction", "is for table: breast_hetero; the others have a test file");
  }
  if (path.empty()) return std::make_unique<TableLoader>(nullptr, !is_joined);
  if (is_joined)
    return std::make_unique<TableLoader>([=] { return join_parties(path, test_fraction, standardize); }, false);
  const std::string stem = table == "vehicle" ? "vehicle_scale" : table;
  const ColumnType y = table == "student" ? ColumnType::target : ColumnType::label;
  return std::make_unique<TableLoader>([=] { return read_parties(path, stem, y, standardize); }, true);
}

const Registration<DatasetEntry> entry{
    {{"fate", "small tables whose rows or columns a guest and a host hold", "Liu et al. 2021, JMLR 22"}, read}};
const Registration<DataCard> card{{{"fate", "", ""}, "CC BY 4.0 (UCI), FATE Apache-2.0", {}}};

}  // namespace
}  // namespace fedtide
