#include "datasets/tables/loader.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>

#include "datasets/formats/arff.h"
#include "datasets/tables/build.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> header_of(CsvReader& rows) {
  if (!rows.next()) rows.lines().damaged_at(1, 0, "the file is empty; must begin with the columns' names");
  std::vector<std::string> names;
  for (const Field& field : rows.fields()) {
    if (field.text.empty()) rows.lines().damaged(field.column, "a column without a name");
    names.emplace_back(field.text);
  }
  return names;
}

std::vector<std::string> numbered(std::size_t columns) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= columns; ++i) names.push_back(std::to_string(i));
  return names;
}

/// How many fields the first row has.
std::size_t width_of(const std::string& path, const CsvDialect& dialect) {
  CsvReader rows(ContentReader::open(path), dialect);
  return rows.next() ? rows.fields().size() : 0;
}

/// The rule of an attribute that the config says nothing about.
ColumnRule rule_of(const ArffAttribute& attribute, const ColumnRule& others, bool is_label) {
  ColumnRule rule = others;
  const bool is_nominal = attribute.kind == ArffAttribute::Kind::nominal;
  const bool is_number = attribute.kind == ArffAttribute::Kind::number;
  if (is_label) {
    rule.type = is_nominal ? ColumnType::label : ColumnType::target;
    rule.missing = Missing::refuse;
  } else if (rule.type != ColumnType::ignore) {
    rule.type = is_nominal ? ColumnType::category : is_number ? ColumnType::number : ColumnType::ignore;
    const bool both = rule.missing == Missing::refuse || rule.missing == Missing::drop;
    if (!both && is_nominal) rule.missing = Missing::own;
    if (!both && !is_nominal && rule.missing == Missing::own) rule.missing = Missing::mean;
  }
  return rule;
}

/// The rules, with what the header says where they say nothing; without a label or a target the last attribute is it,
/// as in Weka.
TableRules with_attributes(TableRules rules, const std::vector<ArffAttribute>& attributes) {
  std::map<std::string, ColumnRule> own;
  bool has_label = false;
  for (const ColumnRule& rule : rules.columns) {
    own.emplace(rule.name, rule);
    has_label = has_label || rule.type == ColumnType::label || rule.type == ColumnType::target;
  }
  std::set<std::string> known;
  for (const ArffAttribute& attribute : attributes) {
    if (!known.insert(attribute.name).second) continue;  // refused when the names are matched
    if (!own.contains(attribute.name)) {
      rules.columns.push_back(rule_of(attribute, rules.others, !has_label && &attribute == &attributes.back()));
      rules.columns.back().name = attribute.name;
      own.emplace(attribute.name, rules.columns.back());
    }
  }
  std::map<std::string_view, const ArffAttribute*> attribute_of;
  for (const ArffAttribute& attribute : attributes) attribute_of.emplace(attribute.name, &attribute);
  for (ColumnRule& rule : rules.columns) {
    const auto found = attribute_of.find(rule.name);
    const bool has_values = rule.type == ColumnType::category || rule.type == ColumnType::label;
    if (found == attribute_of.end() || !has_values || !rule.values.empty() || rule.above) continue;
    rule.values = found->second->values;
    const bool lists_mark = std::find(rule.values.begin(), rule.values.end(), "?") != rule.values.end();
    if (rule.missing == Missing::own && !rule.values.empty() && !lists_mark) rule.values.emplace_back("?");
  }
  return rules;
}

}  // namespace

const Table& TableLoader::table() const {
  if (!table_) table_ = read_();
  return *table_;
}

std::optional<InputShape> TableLoader::shape() const { return read_ ? std::optional(shape_of(table())) : std::nullopt; }

std::optional<std::uint32_t> TableLoader::clients() const {
  if (!read_ || !has_clients_) return std::nullopt;
  std::vector<bool> trains(table().client_names.size());
  for (std::size_t row = 0; row < table().in_test.size(); ++row) {
    if (table().in_test[row] == 0) trains[table().clients[row]] = true;
  }
  return static_cast<std::uint32_t>(std::count(trains.begin(), trains.end(), true));
}

DataSource TableLoader::load(std::uint64_t seed) const {
  Table table = table_ ? std::move(*table_) : read_();
  table_.reset();
  return build_source(std::move(table), seed);
}

Table read_csv_table(const std::vector<TableFile>& files, const TableFormat& format, TableRules rules) {
  CsvDialect dialect;
  dialect.separator = format.separator;
  TableReader reader(std::move(rules));
  for (const bool test : {false, true}) {
    for (const TableFile& file : files) {
      if (file.test != test) continue;
      std::vector<std::string> names = format.names;
      if (!format.header && names.empty()) names = numbered(width_of(file.path, dialect));
      CsvReader rows(ContentReader::open(file.path), dialect);
      if (format.header) names = header_of(rows);
      reader.read(rows, names, test, file.client ? &*file.client : nullptr);
    }
  }
  return reader.finish();
}

std::string resolved(const Section& section, const std::string& path) {
  return path.empty() ? "" : (fs::path(section.folder()) / path).string();
}

std::string read_path(Section& section, const std::string& help) {
  const std::string path = section.text("path", {std::nullopt, help + "; relative to the config file", ""});
  return section.describing() ? "" : resolved(section, path);
}

double read_test_fraction(Section& section, double fallback) {
  return section.real("test_fraction", {fallback, Bounds{0, 1, false, true},
                                        "share of each client's rows, drawn at random, that is the test set", ""});
}

Standardize read_standardize(Section& section, const std::string& fallback) {
  const std::string word =
      section.word("standardize", Words{fallback,
                                        {{"none", "numbers as they are", ""},
                                         {"pooled", "mean 0 and variance 1 over all training rows", ""},
                                         {"client", "mean 0 and variance 1 over each client's training rows", ""}},
                                        "what features that are numbers are brought to",
                                        ""});
  return word == "none" ? Standardize::none : word == "pooled" ? Standardize::pooled : Standardize::client;
}

Table read_arff_table(const std::vector<TableFile>& files, TableRules rules) {
  std::optional<TableReader> reader;
  for (const bool test : {false, true}) {
    for (const TableFile& file : files) {
      if (file.test != test) continue;
      LineReader lines(ContentReader::open(file.path));
      const std::vector<ArffAttribute> attributes = read_arff_header(lines);
      if (!reader) reader.emplace(with_attributes(std::move(rules), attributes));
      std::vector<std::string> names;
      for (const ArffAttribute& each : attributes) names.push_back(each.name);
      CsvReader rows(std::move(lines), arff_rows());
      reader->read(rows, names, test, file.client ? &*file.client : nullptr);
    }
  }
  return reader->finish();
}

std::string file_in(const std::string& folder, const std::string& name) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"}) {
    const fs::path path = fs::path(folder) / (name + ending);
    if (fs::exists(path, ignored)) return path.string();
  }
  throw Failure(
      ExitCode::no_input,
      fmt::format("{}: neither {} nor {}.gz is there; data.path must name the folder that has it", folder, name, name));
}

}  // namespace fedtide
