#include "datasets/tables/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/files/number.h"

namespace fedtide {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kMostRows = std::numeric_limits<std::uint32_t>::max();

bool is_numeric(ColumnType type) { return type == ColumnType::number || type == ColumnType::target; }

/// How many values a column may have; more cost more memory than its file.
std::uint32_t most_values(ColumnType type) {
  switch (type) {
    case ColumnType::category:
      return 1000;
    case ColumnType::label:
      return 10'000;
    default:
      return std::numeric_limits<std::uint32_t>::max();
  }
}

const char* remedy(ColumnType type) {
  switch (type) {
    case ColumnType::number:
      return "missing; must be a number, or the column needs missing: mean, constant, flag or drop";
    case ColumnType::category:
    case ColumnType::group:
      return "missing; must be there, or the column needs missing: own or drop";
    default:
      return "missing; must be there, or the column needs missing: drop";
  }
}

}  // namespace

TableReader::TableReader(TableRules rules) { table_.rules = std::move(rules); }

void TableReader::set_columns(const LineReader& lines, const std::vector<std::string>& names) {
  first_names_ = names;
  first_file_ = lines.name();
  const std::set<std::string_view> known(names.begin(), names.end());
  std::map<std::string_view, const ColumnRule*> rules;
  for (const ColumnRule& rule : table_.rules.columns) {
    rules.emplace(rule.name, &rule);
    if (!known.contains(rule.name)) {
      throw Failure(ExitCode::usage, fmt::format("{}: has no column {}{}", first_file_, in_quotes(rule.name),
                                                 suggestion(rule.name, names)));
    }
  }
  for (const std::string& name : names) {
    const auto own = rules.find(name);
    ColumnRule rule = own != rules.end() ? *own->second : table_.rules.others;
    rule.name = name;
    if (rule.type == ColumnType::ignore) continue;
    TableColumn& column = table_.columns.emplace_back();
    for (const std::string& value : rule.values) column.values.add(value);
    if (rule.above) {
      column.values.add(fmt::format("at most {}", *rule.above));
      column.values.add(fmt::format("above {}", *rule.above));
    }
    column.rule = std::move(rule);
  }
}

void TableReader::match_columns(const LineReader& lines, const std::vector<std::string>& names) {
  std::map<std::string_view, int> place;
  for (const std::string& name : names) {
    if (!place.emplace(name, -1).second) {
      lines.damaged(0, fmt::format("two columns are called {}; names must differ", in_quotes(name)));
    }
  }
  if (first_names_.empty()) set_columns(lines, names);
  const std::set<std::string_view> wanted(first_names_.begin(), first_names_.end());
  for (const std::string& name : first_names_) {
    if (!place.contains(name)) {
      lines.damaged(0, fmt::format("has no column {}, which {} has", in_quotes(name), first_file_));
    }
  }
  for (const std::string& name : names) {
    if (!wanted.contains(name)) {
      lines.damaged(0, fmt::format("has a column {}, which {} has not", in_quotes(name), first_file_));
    }
  }
  for (std::size_t i = 0; i < table_.columns.size(); ++i) place[table_.columns[i].rule.name] = static_cast<int>(i);
  fields_.clear();
  for (const std::string& name : names) fields_.push_back(place[name]);
}

bool TableReader::is_missing(const Field& field) const {
  if (field.quoted) return false;
  if (field.text.empty()) return true;
  const auto& marks = table_.rules.missing_marks;
  return std::find(marks.begin(), marks.end(), field.text) != marks.end();
}

bool TableReader::is_dropped(std::span<const Field> fields) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields_[i] < 0) continue;
    const TableColumn& column = table_.columns[static_cast<std::size_t>(fields_[i])];
    if (column.rule.missing == Missing::drop && is_missing(fields[i])) return true;
  }
  return false;
}

void TableReader::take_number(const LineReader& lines, TableColumn& column, const Field& field) {
  double value = 0;
  const char* const last = field.text.data() + field.text.size();
  if (!field.text.empty() && scan_number(field.text.data(), last, value) == last) {
    column.numbers.push_back(static_cast<float>(value));
  } else if (!is_missing(field)) {
    lines.damaged(field.column, fmt::format("{}: {}", column.rule.name, why_no_number(field.text)));
  } else if (column.rule.missing == Missing::refuse) {
    lines.damaged(field.column, fmt::format("{}: {}", column.rule.name, remedy(column.rule.type)));
  } else {
    column.numbers.push_back(kMissing);
  }
}

void TableReader::take_value(const LineReader& lines, TableColumn& column, const Field& field) {
  std::string_view text = field.text;
  if (is_missing(field)) {
    if (column.rule.missing != Missing::own) {
      lines.damaged(field.column, fmt::format("{}: {}", column.rule.name, remedy(column.rule.type)));
    }
    text = "?";
  }
  if (column.rule.above) {
    const std::optional<double> number = parse_number(text);
    if (!number) lines.damaged(field.column, fmt::format("{}: {}", column.rule.name, why_no_number(text)));
    column.codes.push_back(*number > *column.rule.above ? 1 : 0);
    return;
  }
  const bool is_open = column.rule.values.empty() && (!in_test_ || column.rule.type == ColumnType::group);
  const std::optional<std::uint32_t> known = column.values.find(text);
  if (known && column.rule.type == ColumnType::id) {
    lines.damaged(field.column, fmt::format("{}: found {}, must be there once", column.rule.name, in_quotes(text)));
  }
  if (!known && !is_open) {
    lines.damaged(field.column, fmt::format("{}: found {}, must be one of {}: {}", column.rule.name, in_quotes(text),
                                            column.rule.values.empty() ? "the training rows'" : "the column's values",
                                            join(column.values.names())));
  }
  if (!known && column.values.size() >= most_values(column.rule.type)) {
    lines.damaged(field.column,
                  fmt::format("{}: found {}, one value more than the {} that such a column may have; if it tells rows "
                              "apart it is no category: say type: ignore",
                              column.rule.name, in_quotes(text), most_values(column.rule.type)));
  }
  column.codes.push_back(known ? *known : column.values.add(text));
}

void TableReader::take(const LineReader& lines, TableColumn& column, const Field& field) {
  if (is_numeric(column.rule.type)) {
    take_number(lines, column, field);
  } else if (column.rule.type == ColumnType::client) {
    if (is_missing(field))
      lines.damaged(field.column, fmt::format("{}: {}", column.rule.name, remedy(ColumnType::client)));
    table_.clients.push_back(clients_.add(field.text));
  } else {
    take_value(lines, column, field);
  }
}

void TableReader::read(CsvReader& rows, const std::vector<std::string>& names, bool test, const std::string* client) {
  FEDTIDE_REQUIRE(test || !in_test_, "a training file after a test file");
  match_columns(rows.lines(), names);
  if (test && !in_test_) end_training();
  const std::uint32_t holder = client != nullptr ? clients_.add(*client) : 0;
  const LineReader& lines = rows.lines();
  while (rows.next()) {
    const std::span<const Field> fields = rows.fields();
    if (fields.size() != fields_.size()) {
      lines.damaged(fields.back().column, fmt::format("the row ends with field {}, must have {}: {}", fields.size(),
                                                      fields_.size(), join(names)));
    }
    if (is_dropped(fields)) continue;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields_[i] >= 0) take(lines, table_.columns[static_cast<std::size_t>(fields_[i])], fields[i]);
    }
    if (client != nullptr) table_.clients.push_back(holder);
    table_.in_test.push_back(test ? 1 : 0);
    if (table_.in_test.size() > kMostRows) lines.damaged(0, fmt::format("more than {} rows", kMostRows));
  }
  table_.provenance +=
      fmt::format("{}{} (crc32 {:08x})", table_.provenance.empty() ? "" : ", ", lines.name(), lines.crc32());
}

void TableReader::end_training() {
  in_test_ = true;
  for (TableColumn& column : table_.columns) {
    if (is_numeric(column.rule.type) || column.rule.type == ColumnType::client) continue;
    if (column.rule.type == ColumnType::id) continue;  // in the order of the rows
    if (!column.rule.values.empty() || column.rule.above) continue;
    const std::vector<std::uint32_t> place = column.values.sort();
    for (std::uint32_t& code : column.codes) code = place[code];
  }
}

Table TableReader::finish() {
  if (!in_test_) end_training();
  if (std::find(table_.in_test.begin(), table_.in_test.end(), 0) == table_.in_test.end()) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: no rows to train on", first_file_));
  }
  for (const TableColumn& column : table_.columns) {
    if (column.rule.type == ColumnType::label && column.values.size() < 2) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: {}: all rows have the label {}; must be at least two classes", first_file_,
                                column.rule.name, in_quotes(join(column.values.names()))));
    }
  }
  const auto is_feature = [](const TableColumn& column) {
    return column.rule.type == ColumnType::number || column.rule.type == ColumnType::category;
  };
  if (table_.rules.needs_features && std::none_of(table_.columns.begin(), table_.columns.end(), is_feature)) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: no column is a feature (type number or category); columns: {}", first_file_,
                              join(first_names_)));
  }
  // The client's column has no values of its own.
  std::erase_if(table_.columns, [](const TableColumn& column) { return column.rule.type == ColumnType::client; });
  table_.client_names = clients_.names();
  return std::move(table_);
}

}  // namespace fedtide
