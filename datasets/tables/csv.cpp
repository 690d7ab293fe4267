// The source `csv`: any table with a line a sample and a column for each feature, from one file or several. The YAML
// says what the columns are; a column, or each file, may name the client that holds the rows. RFC 4180 (Shafranovich
// 2005) says what CSV is; here the separator may also be a semicolon or a tab.

#include <memory>
#include <utility>

#include "datasets/tables/loader.h"
#include "datasets/tables/read_rules.h"

namespace fedtide {
namespace {

struct Options {
  std::vector<TableFile> files;
  TableFormat format;
  TableRules rules;
  bool has_clients = false;
};

void read_files(Section& section, Options& o) {
  const auto path =
      section.maybe_text("path", {std::nullopt, "table to train on, plain or .gz; relative to the config file", ""});
  int named = 0;
  section.sections("files", "instead of path: several tables to train on", [&](Section& s) {
    TableFile file{read_path(s, "table, plain or .gz"), false, {}};
    const auto client = s.maybe_text("client", {std::nullopt, "who holds all rows of the file", ""});
    if (client) file.client = *client;
    named += client ? 1 : 0;
    o.files.push_back(std::move(file));
  });
  const auto test = section.maybe_text(
      "test_path", {std::nullopt, "table to test on, with the same columns; relative to the config file", ""});
  if (section.describing()) return;
  if (path.has_value() == !o.files.empty()) {
    section.reject("path", path ? "path and files do not go together; give one of them"
                                : "missing; must be text (the table to train on), or give files");
  }
  if (named > 0 && named < static_cast<int>(o.files.size())) {
    section.reject("files", "some have a client and some have not; all must, or none");
  }
  o.has_clients = named > 0;
  if (path) o.files.push_back({resolved(section, *path), false, {}});
  if (test) o.files.push_back({resolved(section, *test), true, {}});
}

void read_format(Section& section, TableFormat& format) {
  const std::string separator = section.word(
      "separator",
      Words{"comma",
            {{"comma", "a,b", ""}, {"semicolon", "a;b", ""}, {"tab", "a and b with a tab between them", ""}},
            "what divides the fields",
            ""});
  format.separator = separator == "comma" ? ',' : separator == "semicolon" ? ';' : '\t';
  format.header = section.flag("header", {true, "whether the first line has the columns' names", ""});
  const auto names = section.maybe_text(
      "names",
      {std::nullopt, "with header: false, the columns' names, divided by commas; else they are 1, 2, ...", ""});
  if (names) format.names = split_at_commas(*names);
  if (names && format.header) section.reject("names", "go with header: false only");
}

std::unique_ptr<DataLoader> read(Section& section) {
  Options o;
  read_files(section, o);
  read_format(section, o.format);
  o.rules = read_table_rules(section);
  bool column = false;
  for (const ColumnRule& rule : o.rules.columns) column = column || rule.type == ColumnType::client;
  if (column && o.has_clients) section.reject("files", "have clients, and so has a column; one of them must not");
  o.has_clients = o.has_clients || column;
  bool complete = !section.describing() && !o.files.empty();
  for (const TableFile& file : o.files) complete = complete && !file.path.empty();
  if (!complete) return std::make_unique<TableLoader>(nullptr, o.has_clients);
  return std::make_unique<TableLoader>([o] { return read_csv_table(o.files, o.format, o.rules); }, o.has_clients);
}

const Registration<DatasetEntry> entry{
    {{"csv", "any table: a line a sample, a column a feature, label, client or group", "RFC 4180"}, read}};

}  // namespace
}  // namespace fedtide
