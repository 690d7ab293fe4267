// Adult (census income): does a person earn more than 50,000 dollars a year? 32,561 people, 5 numbers and 8 categories.
// Kohavi: Scaling up the accuracy of naive-Bayes classifiers: a decision-tree hybrid. KDD 1996. Mohri, Sivek and Suresh
// (Agnostic federated learning, ICML 2019) make clients of it by education: Doctorate or not. The column fnlwgt is a
// weight of the census, no property of a person, and left out; education stands as a number too.

#include <array>
#include <memory>

#include "datasets/tables/loader.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

constexpr std::array kNames{
    "age",          "workclass", "fnlwgt", "education",    "education-num", "marital-status", "occupation",
    "relationship", "race",      "sex",    "capital-gain", "capital-loss",  "hours-per-week", "native-country",
    "income"};
constexpr std::array kCategories{"workclass", "education", "marital-status", "occupation", "relationship",
                                 "race",      "sex",       "native-country"};

TableRules adult_rules() {
  TableRules rules;
  for (const char* name : kCategories) {
    ColumnRule& rule = rules.columns.emplace_back();
    rule.name = name;
    rule.type = ColumnType::category;
    rule.missing = Missing::own;
    rule.group = true;
  }
  rules.columns.emplace_back().name = "fnlwgt";
  rules.columns.back().type = ColumnType::ignore;
  ColumnRule& label = rules.columns.emplace_back();
  label.name = "income";
  label.type = ColumnType::label;
  label.values = {"<=50K", ">50K"};
  return rules;
}

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path = read_path(section, "adult.data, plain or .gz");
  TableRules rules = adult_rules();
  rules.standardize = read_standardize(section, "pooled");
  rules.test_fraction = read_test_fraction(section, 0.2);
  if (path.empty()) return std::make_unique<TableLoader>(nullptr, false);
  const TableFormat format{',', false, {kNames.begin(), kNames.end()}};
  return std::make_unique<TableLoader>([=] { return read_csv_table({{path, false, {}}}, format, rules); }, false);
}

const Registration<DatasetEntry> entry{
    {{"adult", "income of 32,561 people, 5 numbers and 8 categories, which are columns for partition schemes too",
      "Kohavi 1996; Mohri, Sivek, Suresh 2019"},
     read}};
const Registration<DataCard> card{{{"adult", "", ""}, "CC BY 4.0 (UCI)", {}}};

}  // namespace
}  // namespace fedtide
