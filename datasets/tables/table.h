#pragma once
// A table in memory: what the files of a tabular data set hold, checked against the rules of its columns.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/dictionary.h"
#include "datasets/tables/rules.h"
#include "sim/files/csv.h"

namespace fedtide {

/// Numbers of a column of numbers or targets, else codes of values. [rows]
struct TableColumn {
  ColumnRule rule;
  std::vector<float> numbers;  ///< not a number: missing
  std::vector<std::uint32_t> codes;
  Dictionary values;
};

struct Table {
  TableRules rules;
  std::vector<TableColumn> columns;       ///< without ignored ones, in the order of the first file
  std::vector<std::uint8_t> in_test;      ///< [rows]
  std::vector<std::uint32_t> clients;     ///< [rows], numbers in client_names; empty: the table has no clients
  std::vector<std::string> client_names;  ///< in the order of their first rows
  std::string provenance;
};

/// Reads files of one table. All have the same columns, by name, in any order.
class TableReader {
 public:
  explicit TableReader(TableRules rules);

  /// Reads all rows; `names` are those of the fields. Training files come before test files; `client`, where it is
  /// given, holds all rows of the file. Throws Failure(data_damaged) with line and column of a bad field,
  /// Failure(usage) where the rules name a column that is not there.
  void read(CsvReader& rows, const std::vector<std::string>& names, bool test, const std::string* client = nullptr);
  /// After the last file. Throws Failure(data_damaged) where nothing can be learned: no rows, one class.
  Table finish();

 private:
  void set_columns(const LineReader& lines, const std::vector<std::string>& names);
  void match_columns(const LineReader& lines, const std::vector<std::string>& names);
  bool is_missing(const Field& field) const;
  bool is_dropped(std::span<const Field> fields) const;
  void take(const LineReader& lines, TableColumn& column, const Field& field);
  void take_number(const LineReader& lines, TableColumn& column, const Field& field);
  void take_value(const LineReader& lines, TableColumn& column, const Field& field);
  void end_training();

  Table table_;
  std::vector<int> fields_;               // of each field of the file at hand its column; -1: ignored
  std::vector<std::string> first_names_;  // of all columns, ignored ones too
  std::string first_file_;
  Dictionary clients_;
  bool in_test_ = false;
};

}  // namespace fedtide
