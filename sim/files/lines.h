#pragma once
// Text read line by line in large pieces, for formats whose messages name line and column.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/files/gzip.h"

namespace fedtide {

/// Found text for a message: in quotes, printable, and no longer than a message can bear.
std::string in_quotes(std::string_view text);

/// The lines of a text without their ends, LF or CR LF; the last one may lack its end. A byte-order mark of UTF-8 at
/// the start is no part of the text. Memory: a buffer of the longest line, at least 256 KiB.
class LineReader {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 24;  ///< of a line

  explicit LineReader(ContentReader content);

  /// The next line, valid until the next call; false at the end of the text. Throws Failure(data_damaged) for a line of
  /// more than kMostBytes.
  bool next(std::string_view& line);

  std::uint64_t number() const { return number_; }  ///< of the line given last, from 1
  const std::string& name() const { return content_.name(); }
  std::uint32_t crc32() const { return content_.crc32(); }  ///< of the whole content, at the end of the text

  /// Throws Failure(data_damaged) "FILE: line 3, column 5: what", of the line given last; columns are bytes, from 1.
  [[noreturn]] void damaged(std::size_t column, const std::string& what) const;
  /// The same for another line, or for a line as a whole where `column` is 0.
  [[noreturn]] void damaged_at(std::uint64_t line, std::size_t column, const std::string& what) const;

 private:
  bool refill();

  ContentReader content_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;  ///< of what is not given yet
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  bool at_end_ = false;
};

}  // namespace fedtide
