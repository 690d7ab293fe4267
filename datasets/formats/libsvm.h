#pragma once
// The text format of LIBSVM and SVMlight: a line is `label index:value index:value ...`, with indices from 1 that rise;
// what is not there is 0. Chang and Lin: LIBSVM, a library for support vector machines. ACM TIST 2(3), 2011.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/sparse_dataset.h"
#include "sim/files/gzip.h"

namespace fedtide {

/// What a file must keep to.
struct LibsvmRules {
  bool whole_labels = true;                    ///< labels are classes, so whole numbers
  std::optional<std::uint32_t> features;       ///< indices up to this one
  std::string features_from;                   ///< who says so, for the message
  const std::vector<double>* known = nullptr;  ///< labels must be among these, ascending
};

struct LibsvmFile {
  SparseRows rows;             ///< values are empty where all are 1; columns are indices - 1
  std::vector<double> labels;  ///< [rows] as written
  std::uint32_t features = 0;  ///< the largest index
  std::uint32_t crc32 = 0;     ///< of the content
};

/// Blanks or tabs divide; `+1` is 1; `#` begins a comment; empty lines are allowed after the last row only. Throws
/// Failure(data_damaged) with line and column.
LibsvmFile read_libsvm(ContentReader content, const LibsvmRules& rules);

/// The different labels, ascending: the place of each is its class. Throws Failure(data_damaged) for more than 10,000.
std::vector<double> classes_of(const std::vector<double>& labels, const std::string& file);

}  // namespace fedtide
