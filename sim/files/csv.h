#pragma once
// Rows of fields divided by a separator (RFC 4180 and its kin), read strictly.

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/files/lines.h"

namespace fedtide {

/// One field of a row.
struct Field {
  std::string_view text;   ///< without quotes; outside quotes without blanks around it
  std::size_t column = 0;  ///< where it begins in its line, in bytes from 1
  bool quoted = false;
};

/// How the fields are written.
struct CsvDialect {
  char separator = ',';
  std::string_view quotes = "\"";  ///< characters that may enclose a field; within, a doubled one stands for itself
  bool backslash = false;          ///< within quotes a backslash makes the next character stand for itself
  char comment = 0;                ///< a line that begins with it is no row; 0: there are none
  bool empty_lines = false;        ///< allowed anywhere, else only after the last row
};

/// Reads row after row. A field in quotes ends in its line. Throws Failure(data_damaged) with line and column.
class CsvReader {
 public:
  CsvReader(LineReader lines, CsvDialect dialect);
  CsvReader(ContentReader content, CsvDialect dialect) : CsvReader(LineReader(std::move(content)), dialect) {}

  /// The next row; false at the end.
  bool next();
  std::span<const Field> fields() const { return fields_; }  ///< of the row; valid until the next one
  const LineReader& lines() const { return lines_; }

 private:
  bool next_line(std::string_view& line);
  void split(std::string_view line);
  /// Of the field that begins at the quote `p`; returns where it ends.
  const char* take_quoted(const char* p, const char* last, std::size_t column);

  LineReader lines_;
  CsvDialect dialect_;
  std::vector<Field> fields_;
  std::deque<std::string> unescaped_;  // texts of fields that hold escapes
};

}  // namespace fedtide
