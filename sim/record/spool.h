#pragma once
// A growing table on disk: rows are buffered by column, a block at a time goes to a file in one write, and the columns
// are read back in order when the trajectory is built. Memory is one block, cost is linear in the rows.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <vector>

#include "sim/base/error.h"
#include "sim/record/posix_file.h"
#include "sim/record/value_type.h"

namespace fedtide {

class Spool {
 public:
  static constexpr std::int64_t kBlockRows = 16384;

  /// Creates or empties the file. Errors of this and all below: Failure(io).
  Spool(std::filesystem::path path, std::vector<ValueType> columns);
  /// Removes the file.
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// One value of the current row, in the order of the columns. Wrong type or too many: a bug.
  template <class T>
  Spool& put(T value) {
    FEDTIDE_REQUIRE(next_ < columns_.size() && columns_[next_].type == value_type<T>(), "{}: column {} is no {}",
                    path_.string(), next_, name(value_type<T>()));
    std::memcpy(buffer_.data() + columns_[next_].begin + static_cast<std::size_t>(filled_) * sizeof(T), &value,
                sizeof(T));
    ++next_;
    return *this;
  }
  /// Ends the row, which must be complete.
  void end_row();
  /// A whole row.
  template <class... T>
  void append(T... values) {
    (put(values), ...);
    end_row();
  }

  std::int64_t rows() const { return flushed_ + filled_; }

  /// Rows [first, first + values.size()) of a column; linear when called in order.
  template <class T>
  void read(std::size_t column, std::int64_t first, std::span<T> values) {
    FEDTIDE_REQUIRE(column < columns_.size() && columns_[column].type == value_type<T>(), "{}: column {} is no {}",
                    path_.string(), column, name(value_type<T>()));
    read_bytes(column, first, values.data(), static_cast<std::int64_t>(values.size()));
  }
  /// The same without a type: `values` has room for `count` values of the column's.
  void read_bytes(std::size_t column, std::int64_t first, void* values, std::int64_t count);

 private:
  struct Column {
    ValueType type;
    std::size_t begin;  ///< of its values within a block, in bytes
  };

  void write_block();

  std::filesystem::path path_;
  std::vector<Column> columns_;
  FileDescriptor file_;
  std::vector<std::byte> buffer_;  ///< one block: each column's kBlockRows values
  std::size_t next_ = 0;           ///< column of the next value
  std::int64_t filled_ = 0;        ///< complete rows in the buffer
  std::int64_t flushed_ = 0;       ///< rows in whole blocks on disk
};

}  // namespace fedtide
