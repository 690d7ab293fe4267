#pragma once
// Weka's ARFF: names and types of the columns, then rows as in CSV. Witten and Frank, "Data Mining", 2005.

#include <string>
#include <vector>

#include "sim/files/csv.h"

namespace fedtide {

struct ArffAttribute {
  enum class Kind { number, nominal, text } kind = Kind::number;
  std::string name;
  std::vector<std::string> values;  ///< of a nominal one, in their order; empty: the header does not list them
};

/// Reads the header; the reader stands before the rows afterwards. Keywords are in any case; a name or a value may be
/// in single or double quotes. A type that is blank counts as nominal without a list. Throws Failure(data_damaged) with
/// line and column, also for types that make no table (relational).
std::vector<ArffAttribute> read_arff_header(LineReader& lines);

/// Of the rows: `%` begins a comment, empty lines are skipped, `?` is missing, quotes are single or double.
CsvDialect arff_rows();

}  // namespace fedtide
