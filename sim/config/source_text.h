#pragma once
// The text of a config before any parser sees it: its encoding, its lines, and how deep its brackets go.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/diagnostics.h"

namespace fedtide {

/// Text with LF line ends and without a byte-order mark, and where its lines begin.
class SourceText {
 public:
  /// Notes the first mistake of encoding (size, UTF-16, NUL, invalid UTF-8, a tab as indentation, brackets too deep).
  SourceText(std::string_view raw, std::string file, Problems& problems);

  bool good() const { return good_; }
  const std::string& text() const { return text_; }

  /// Line and column from 1, the column counted in characters; arguments from 0, the column in bytes.
  Place place(std::size_t line, std::size_t column_bytes) const;
  Place place_of_offset(std::size_t offset) const;
  /// The text from that place to the end of its line; arguments as of place().
  std::string_view rest_of_line(std::size_t line, std::size_t column_bytes) const;

 private:
  std::optional<Problem> mistake() const;
  std::optional<Problem> mistake_of_line(std::size_t line) const;
  std::optional<Problem> too_deep() const;
  void index_lines();

  std::string text_;
  std::string file_;
  std::vector<std::size_t> lines_;  ///< offset of each line's start
  bool good_ = true;
};

}  // namespace fedtide
