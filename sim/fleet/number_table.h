#pragma once
// CSV files of quantities, one row a device, a link or the like.

#include <string>
#include <vector>

#include "sim/base/quantity.h"
#include "sim/config/section.h"
#include "sim/files/gzip.h"

namespace fedtide {

struct TableColumn {
  std::string name;
  Unit unit = Unit::none;
  Bounds bounds;
  bool required = true;
};

/// The columns asked for, in base units.
class NumberTable {
 public:
  /// A header of column names, in any order, and at least one row. A value is a plain number in base units or has a
  /// unit
  /// ("2 GFLOP/s"). A column `name` may hold any text. Throws Failure(data_damaged) with line and column for an unknown
  /// column, one that is missing or there twice, a short or long row, and a value that is no quantity of the column's
  /// unit and bounds.
  static NumberTable read(ContentReader content, const std::vector<TableColumn>& columns);

  std::size_t rows() const { return rows_; }
  bool has(std::size_t column) const { return !values_[column].empty(); }
  double value(std::size_t row, std::size_t column) const { return values_[column][row]; }
  double value_or(std::size_t row, std::size_t column, double other) const {
    return has(column) ? values_[column][row] : other;
  }

 private:
  std::vector<std::vector<double>> values_;  ///< by column asked for; empty where the file has none
  std::size_t rows_ = 0;
};

}  // namespace fedtide
