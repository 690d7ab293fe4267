#include "sim/record/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace fedtide {

Spool::Spool(std::filesystem::path path, std::vector<ValueType> columns) : path_(std::move(path)) {
  file_ = open_file(path_, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, ExitCode::io);
  std::size_t bytes = 0;
  for (const ValueType type : columns) {
    columns_.push_back({type, bytes});
    bytes += size_of(type) * static_cast<std::size_t>(kBlockRows);
  }
  buffer_.resize(bytes);
}

Spool::~Spool() { ::unlink(path_.c_str()); }

void Spool::end_row() {
  FEDTIDE_REQUIRE(next_ == columns_.size(), "{}: a row of {} of {} values", path_.string(), next_, columns_.size());
  next_ = 0;
  if (++filled_ == kBlockRows) {
    write_block();
    flushed_ += filled_;
    filled_ = 0;
  }
}

void Spool::write_block() {
  const std::int64_t block = flushed_ / kBlockRows;
  write_at(file_, path_, block * static_cast<std::int64_t>(buffer_.size()), buffer_.data(), buffer_.size());
}

void Spool::read_bytes(std::size_t column, std::int64_t first, void* values, std::int64_t count) {
  FEDTIDE_REQUIRE(first >= 0 && count >= 0 && first + count <= rows(), "{}: rows {} to {} of {}", path_.string(), first,
                  first + count, rows());
  const std::size_t size = size_of(columns_[column].type);
  std::byte* out = static_cast<std::byte*>(values);
  while (count > 0) {
    const std::int64_t row = first % kBlockRows;
    const std::int64_t take = std::min(count, kBlockRows - row);
    const std::size_t bytes = static_cast<std::size_t>(take) * size;
    const std::size_t within = columns_[column].begin + static_cast<std::size_t>(row) * size;
    if (first >= flushed_) {
      std::memcpy(out, buffer_.data() + within, bytes);
    } else {
      const std::int64_t block = (first / kBlockRows) * static_cast<std::int64_t>(buffer_.size());
      read_at(file_, path_, block + static_cast<std::int64_t>(within), out, bytes);
    }
    out += bytes;
    first += take;
    count -= take;
  }
}

}  // namespace fedtide
