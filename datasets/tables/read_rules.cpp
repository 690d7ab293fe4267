#include "datasets/tables/read_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "datasets/tables/loader.h"

namespace fedtide {
namespace {

struct TypeWord {
  const char* name;
  ColumnType type;
  const char* summary;
};
constexpr std::array<TypeWord, 7> kTypes{{
    {"number", ColumnType::number, "a feature"},
    {"category", ColumnType::category, "one of a few values: a feature of 0 or 1 for each"},
    {"label", ColumnType::label, "the class to predict"},
    {"target", ColumnType::target, "a number to predict"},
    {"client", ColumnType::client, "who holds the row: the natural clients"},
    {"group", ColumnType::group, "puts rows in groups, for partition schemes; no feature"},
    {"ignore", ColumnType::ignore, "of no use"},
}};
struct MissingWord {
  const char* name;
  Missing missing;
  const char* summary;
};
constexpr std::array<MissingWord, 6> kMissings{{
    {"refuse", Missing::refuse, "a mistake in the file"},
    {"mean", Missing::mean, "number: the mean of the training rows"},
    {"constant", Missing::constant, "number: the key constant"},
    {"flag", Missing::flag, "number: the mean, and one more feature that is 1 there"},
    {"own", Missing::own, "category or group: a value of its own"},
    {"drop", Missing::drop, "leaves the row out"},
}};

template <class Table>
Words words_of(const Table& table, const char* fallback, const char* help) {
  Words words{fallback != nullptr ? std::optional<std::string>(fallback) : std::nullopt, {}, help, ""};
  for (const auto& each : table) words.options.push_back({each.name, each.summary, ""});
  return words;
}

ColumnType read_type(Section& s, const char* key, const char* fallback, const char* help) {
  const std::string word = s.word(key, words_of(kTypes, fallback, help));
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeWord& w) { return word == w.name; })->type;
}

Missing read_missing(Section& s, const char* fallback, const char* help) {
  const std::string word = s.word("missing", words_of(kMissings, fallback, help));
  return std::find_if(kMissings.begin(), kMissings.end(), [&](const MissingWord& w) { return word == w.name; })
      ->missing;
}

/// Why this column cannot lack values in that way; empty: it can.
std::string objection(ColumnType type, Missing missing) {
  const bool for_numbers = missing == Missing::mean || missing == Missing::constant || missing == Missing::flag;
  if (for_numbers && type != ColumnType::number) return "mean, constant and flag are for columns of type number";
  const bool has_own = type == ColumnType::category || type == ColumnType::group;
  if (missing == Missing::own && !has_own) return "own is for columns of type category or group";
  return "";
}

ColumnRule read_column(Section& s) {
  ColumnRule rule;
  rule.name = s.text("name", {std::nullopt, "of the column, as in the file; without a header its number", ""});
  rule.type = read_type(s, "type", "number", "what the column is");
  rule.missing = read_missing(s, "refuse", "what becomes of a missing value");
  rule.constant = s.real("constant", {0.0, anything(), "stands for missing values with missing: constant", ""});
  const auto values = s.maybe_text(
      "values",
      {std::nullopt, "of a category or label, divided by commas, in their order; else those of the file", ""});
  if (values) rule.values = split_at_commas(*values);
  rule.drop_first = s.flag("drop_first", {false, "category: no feature for its first value", ""});
  rule.group = s.flag("group", {false, "category: also puts rows in groups, for partition schemes", ""});
  rule.above =
      s.maybe_real("above", {std::nullopt, anything(), "label: classes at most this number, and above it", ""});
  const std::string why = objection(rule.type, rule.missing);
  if (!why.empty()) s.reject("missing", why);
  const bool has_values = rule.type == ColumnType::category || rule.type == ColumnType::label;
  if (values && !has_values) s.reject("values", "are for columns of type category or label");
  if (std::set<std::string>(rule.values.begin(), rule.values.end()).size() < rule.values.size()) {
    s.reject("values", "one stands there twice; each must be there once");
  }
  if (rule.above && (rule.type != ColumnType::label || values)) {
    s.reject("above", "is for columns of type label without values");
  }
  if ((rule.drop_first || rule.group) && rule.type != ColumnType::category) {
    s.reject(rule.group ? "group" : "drop_first", "is for columns of type category");
  }
  return rule;
}

void check_columns(Section& s, const TableRules& rules, bool needs_label) {
  std::set<std::string> names;
  int labels = 0, targets = 0, clients = 0;
  for (const ColumnRule& rule : rules.columns) {
    if (!names.insert(rule.name).second) s.reject("columns", fmt::format("two are called \"{}\"", rule.name));
    labels += rule.type == ColumnType::label ? 1 : 0;
    targets += rule.type == ColumnType::target ? 1 : 0;
    clients += rule.type == ColumnType::client ? 1 : 0;
  }
  if (labels > 1) s.reject("columns", "two have type: label; must be one");
  if (clients > 1) s.reject("columns", "two have type: client; must be one at most");
  if (labels > 0 && targets > 0) s.reject("columns", "must have a label or targets, not both");
  if (needs_label && labels + targets == 0) s.reject("columns", "must have one of type: label, or of type: target");
}

}  // namespace

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
    part.erase(part.find_last_not_of(' ') + 1);
    parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

TableRules read_table_rules(Section& section, bool needs_label) {
  TableRules rules;
  section.sections("columns", "what the columns are; one must be the label, or a target",
                   [&](Section& s) { rules.columns.push_back(read_column(s)); });
  rules.others.type = read_type(section, "others", "number", "what columns are that `columns` does not name");
  rules.others.missing = read_missing(section, "refuse", "what becomes of missing values in those");
  rules.missing_marks = split_at_commas(section.text(
      "missing_marks", {"?", "texts that mean a missing value, divided by commas; an empty field always does", ""}));
  rules.standardize = read_standardize(section, "none");
  rules.test_fraction = read_test_fraction(section, 0);
  if (section.describing()) return rules;
  check_columns(section, rules, needs_label);
  const bool is_feature = rules.others.type == ColumnType::number || rules.others.type == ColumnType::category;
  if (!is_feature && rules.others.type != ColumnType::ignore && rules.others.type != ColumnType::group) {
    section.reject("others", "must be number, category, group or ignore");
  }
  const std::string why =
      rules.others.type == ColumnType::ignore ? "" : objection(rules.others.type, rules.others.missing);
  if (!why.empty()) section.reject("missing", why);
  return rules;
}

}  // namespace fedtide
