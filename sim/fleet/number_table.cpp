#include "sim/fleet/number_table.h"

#include <algorithm>
#include <optional>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/files/csv.h"

namespace fedtide {
namespace {

constexpr std::string_view kNameColumn = "name";

/// Which column asked for each field of a row belongs to; none for names.
using Order = std::vector<std::optional<std::size_t>>;

Order read_header(CsvReader& rows, const std::vector<TableColumn>& columns) {
  if (!rows.next()) rows.lines().damaged_at(1, 0, "the file is empty, must begin with the names of its columns");
  std::vector<std::string> names{std::string(kNameColumn)};
  for (const TableColumn& column : columns) names.push_back(column.name);
  std::vector<bool> seen(names.size(), false);
  Order order;
  for (const Field& field : rows.fields()) {
    const auto found = static_cast<std::size_t>(std::find(names.begin(), names.end(), field.text) - names.begin());
    if (found == names.size()) {
      rows.lines().damaged(field.column,
                           fmt::format("found the column {}{}", in_quotes(field.text), suggestion(field.text, names)));
    }
    if (seen[found])
      rows.lines().damaged(field.column, fmt::format("the column {} is there twice", in_quotes(field.text)));
    seen[found] = true;
    order.push_back(found == 0 ? std::nullopt : std::optional(found - 1));
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].required && !seen[i + 1]) {
      rows.lines().damaged_at(1, 0, fmt::format("the column {} is missing", in_quotes(columns[i].name)));
    }
  }
  return order;
}

double read_value(const CsvReader& rows, const Field& field, const TableColumn& column) {
  const ParsedQuantity parsed = parse_quantity(field.text);
  if (!parsed.error.empty()) rows.lines().damaged(field.column, fmt::format("{}: {}", column.name, parsed.error));
  if (parsed.unit && *parsed.unit != column.unit) {
    rows.lines().damaged(
        field.column, fmt::format("{}: found {}, must be {}", column.name, in_quotes(field.text),
                                  column.unit == Unit::none ? "a number without a unit"
                                                            : fmt::format("a number in {} or have a unit, as {}",
                                                                          symbol(column.unit), example(column.unit))));
  }
  if (!column.bounds.contain(parsed.value)) {
    rows.lines().damaged(field.column, fmt::format("{}: found {}, must be {}", column.name, in_quotes(field.text),
                                                   column.bounds.text(column.unit)));
  }
  return parsed.value;
}

}  // namespace

NumberTable NumberTable::read(ContentReader content, const std::vector<TableColumn>& columns) {
  CsvReader rows(std::move(content), {});
  const Order order = read_header(rows, columns);
  NumberTable table;
  table.values_.resize(columns.size());
  for (; rows.next(); ++table.rows_) {
    const auto fields = rows.fields();
    if (fields.size() != order.size()) {
      rows.lines().damaged(1,
                           fmt::format("a row of {} fields, must have {} as the header", fields.size(), order.size()));
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i]) table.values_[*order[i]].push_back(read_value(rows, fields[i], columns[*order[i]]));
    }
  }
  if (table.rows_ == 0) rows.lines().damaged_at(1, 0, "no rows follow, must be one at least");
  return table;
}

}  // namespace fedtide
