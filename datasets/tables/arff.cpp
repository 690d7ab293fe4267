// The source `arff`: tables of Weka, whose header says what the columns are. Witten and Frank: Data mining: practical
// machine learning tools and techniques. 2nd edition, 2005. The YAML's rules go before those of the header.

#include <memory>

#include "datasets/tables/loader.h"
#include "datasets/tables/read_rules.h"

namespace fedtide {
namespace {

std::unique_ptr<DataLoader> read(Section& section) {
  std::vector<TableFile> files{{read_path(section, "table to train on, plain or .gz"), false, {}}};
  const auto test = section.maybe_text(
      "test_path", {std::nullopt, "table to test on, with the same attributes; relative to the config file", ""});
  if (test) files.push_back({resolved(section, *test), true, {}});
  TableRules rules = read_table_rules(section, false);
  bool has_clients = false;
  for (const ColumnRule& rule : rules.columns) has_clients = has_clients || rule.type == ColumnType::client;
  if (section.describing() || files.front().path.empty()) return std::make_unique<TableLoader>(nullptr, has_clients);
  return std::make_unique<TableLoader>([=] { return read_arff_table(files, rules); }, has_clients);
}

const Registration<DatasetEntry> entry{
    {{"arff", "any table in Weka's format, whose header says what the columns are", "Witten and Frank 2005"}, read}};

}  // namespace
}  // namespace fedtide
