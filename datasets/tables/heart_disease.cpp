// Heart disease at four hospitals: Cleveland, Hungarian, Switzerland and VA, each a client. Janosi, Steinbrunn,
// Pfisterer, Detrano: Heart disease. UCI 1988. As in Fed-Heart-Disease of FLamby (Ogier du Terrail et al., NeurIPS
// 2022): the columns slope, ca and thal are left out, then rows that lack a value; cp and restecg are coded without
// their first value, which makes 13 features; each hospital's features are standardized over its training rows; ill is
// num > 0. FLamby splits each hospital 66 : 34 by scikit-learn's train_test_split with random_state 43, stratified
// where both classes have more than two rows; the rows that this makes test rows are listed here.

#include <array>
#include <memory>

#include "datasets/tables/loader.h"
#include "sim/base/error.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

struct Hospital {
  const char* name;
  std::uint32_t rows;   ///< that lack nothing
  const char* in_test;  ///< a bit a row, as hexadecimal digits of four
};
constexpr std::array<Hospital, 4> kHospitals{{
    {"cleveland", 303, "040480a020b3c59dc48a03b505c0481087c001ac9430180a847015a598491260f8e2001cebe4"},
    {"hungarian", 261, "1100847cb841d42c88700d510093869198d144134848122f693a0411802910ba30"},
    {"switzerland", 46, "07863a8c80c0"},
    {"va", 130, "464800245b65020eb85b04886003a7458"},
}};
constexpr std::array kNames{"age",     "sex",   "cp",      "trestbps", "chol", "fbs",  "restecg",
                            "thalach", "exang", "oldpeak", "slope",    "ca",   "thal", "num"};

TableRules heart_rules() {
  TableRules rules;
  rules.others.missing = Missing::drop;
  for (const char* name : {"slope", "ca", "thal"}) {
    rules.columns.emplace_back().name = name;
    rules.columns.back().type = ColumnType::ignore;
  }
  const auto category = [&rules](const char* name, std::vector<std::string> values) {
    ColumnRule& rule = rules.columns.emplace_back();
    rule.name = name;
    rule.type = ColumnType::category;
    rule.missing = Missing::drop;
    rule.values = std::move(values);
    rule.drop_first = true;
  };
  category("cp", {"1", "2", "3", "4"});
  category("restecg", {"0", "1", "2"});
  ColumnRule& ill = rules.columns.emplace_back();
  ill.name = "num";
  ill.type = ColumnType::label;
  ill.above = 0;
  rules.standardize_categories = true;
  return rules;
}

unsigned digit(char c) { return static_cast<unsigned>(c >= 'a' ? c - 'a' + 10 : c - '0'); }

void split_as_flamby(Table& table, const std::vector<TableFile>& files) {
  std::array<std::uint32_t, kHospitals.size()> rows{};
  for (std::size_t row = 0; row < table.in_test.size(); ++row) {
    const Hospital& hospital = kHospitals[table.clients[row]];
    const std::uint32_t i = rows[table.clients[row]]++;
    if (i < hospital.rows) table.in_test[row] = digit(hospital.in_test[i / 4]) >> (3 - i % 4) & 1;
  }
  for (std::size_t k = 0; k < kHospitals.size(); ++k) {
    if (rows[k] == kHospitals[k].rows) continue;
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: {} rows that lack no value, must be {} for FLamby's split; is it the original file? "
                              "data.test_fraction splits any",
                              files[k].path, rows[k], kHospitals[k].rows));
  }
}

Table read_hospitals(const std::string& folder, const TableRules& rules, bool as_flamby) {
  std::vector<TableFile> files;
  for (const Hospital& each : kHospitals) {
    files.push_back({file_in(folder, fmt::format("processed.{}.data", each.name)), false, each.name});
  }
  Table table = read_csv_table(files, {',', false, {kNames.begin(), kNames.end()}}, rules);
  if (as_flamby) split_as_flamby(table, files);
  return table;
}

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path =
      read_path(section, "folder with processed.{cleveland,hungarian,switzerland,va}.data, plain or .gz");
  TableRules rules = heart_rules();
  rules.standardize = read_standardize(section, "client");
  const auto fraction = section.maybe_real(
      "test_fraction", {std::nullopt, Bounds{0, 1, false, true},
                        "share of each hospital's rows, drawn at random, for testing; by default FLamby's own split",
                        "Ogier du Terrail et al. 2022"});
  rules.test_fraction = fraction.value_or(0);
  if (path.empty()) return std::make_unique<TableLoader>(nullptr, true);
  const bool as_flamby = !fraction;
  return std::make_unique<TableLoader>([=] { return read_hospitals(path, rules, as_flamby); }, true);
}

const Registration<DatasetEntry> entry{
    {{"heart_disease", "illness of the patients of four hospitals (the clients), 13 features, 740 rows",
      "Janosi et al. 1988; FLamby, Ogier du Terrail et al. 2022"},
     read}};
const Registration<DataCard> card{
    {{"heart_disease", "", ""},
     "CC BY 4.0 (UCI)",
     {{"processed.cleveland.data", "a74b7efa387bc9d108d7d0115d831fe9b414b29ae7124f331b622b4efa0427c8"},
      {"processed.hungarian.data", "d1ad108f785768cd3d7e82dc522e6f5a61eea93cccfb3a46ee8076f73fc3d796"},
      {"processed.switzerland.data", "834a405ccf5b66ab4056bb77794adc8df0b7125186454c0a1d002d33c6c3b314"},
      {"processed.va.data", "e7c93d8d0d2acdadfa4c5e8de768e2191e7f618b952e29623f1f0d5949ff6b8f"}}}};

}  // namespace
}  // namespace fedtide
