#pragma once
// Where the files of a training and a test half lie.

#include <optional>
#include <string>
#include <vector>

#include "sim/config/section.h"

namespace fedtide {

/// What `path`, `train_path` and `test_path` of a config say; empty texts: nothing.
struct HalfPaths {
  std::string path;   ///< a folder with both halves
  std::string train;  ///< or each half on its own: a file or a folder
  std::string test;
};

/// Reads the three keys and rejects what does not go together. `what` names the files, such as "LEAF's JSON files".
HalfPaths read_half_paths(Section& section, const std::string& what);

/// The files of a half, sorted by name: with `path`, those of path/NAME, or path/NAME followed by one of the endings,
/// plain or .gz; else those of `train_path` or `test_path`. A folder's files are those with one of the endings. Empty
/// when the test half is not there. Failure(no_input) when the training half is not.
struct HalfFiles {
  std::vector<std::string> train;
  std::vector<std::string> test;
};
HalfFiles find_halves(const HalfPaths& paths, const std::vector<std::string>& endings);

}  // namespace fedtide
