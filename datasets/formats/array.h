#pragma once
// Arrays of numbers as files hold them: idx and NumPy.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <sys/mman.h>

#include "sim/files/gzip.h"

namespace fedtide {

using ArrayValues =
    std::variant<std::vector<std::uint8_t>, std::vector<std::int8_t>, std::vector<std::int16_t>,
                 std::vector<std::int32_t>, std::vector<std::int64_t>, std::vector<float>, std::vector<double>>;

struct Array {
  std::string file;                 ///< where it was found, for messages
  std::vector<std::uint64_t> dims;  ///< may be empty: one value; may have zeros
  ArrayValues values;               ///< the last index runs fastest
  std::uint32_t crc32 = 0;          ///< of the file's content
  bool is_boolean = false;          ///< bytes that are 0 or 1

  std::uint64_t size() const {
    return std::visit([](const auto& v) { return static_cast<std::uint64_t>(v.size()); }, values);
  }
  bool is_real() const {
    return std::holds_alternative<std::vector<float>>(values) || std::holds_alternative<std::vector<double>>(values);
  }
  bool is_bytes() const { return !is_boolean && std::holds_alternative<std::vector<std::uint8_t>>(values); }
  double at(std::uint64_t i) const {
    return std::visit([i](const auto& v) { return static_cast<double>(v[i]); }, values);
  }
};

/// Asks the system for large pages for memory that is about to be filled: first touching 47 MB of small ones takes a
/// quarter of the time that unpacking them does. Nothing happens where there are none.
inline void prefer_large_pages(void* memory, std::uint64_t bytes) {
  constexpr std::uintptr_t kPage = std::uintptr_t{1} << 21;
  const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(memory) + kPage - 1) & ~(kPage - 1);
  const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) & ~(kPage - 1);
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

/// `count` values as they lie in the file; fewer when the content ends early. Memory follows what has come: a packed
/// file may promise more than it holds, so only what data are usually packed to is reserved at once, and not touched.
template <class T>
std::vector<T> read_values(ContentReader& content, std::uint64_t count) {
  // Small enough that new memory is still in the cache when it is filled.
  constexpr std::uint64_t kStep = (std::uint64_t{1} << 18) / sizeof(T);
  constexpr std::uint64_t kUsual = 16;
  std::vector<T> values;
  values.reserve(std::min(count, content.packed() ? content.file_size() * kUsual / sizeof(T) : count));
  prefer_large_pages(values.data(), values.capacity() * sizeof(T));
  while (values.size() < count) {
    const std::uint64_t have = values.size();
    values.resize(std::min(count, have + kStep));
    const std::span<T> fresh = std::span(values).subspan(have);
    const std::size_t got = content.read(std::span(reinterpret_cast<std::uint8_t*>(fresh.data()), fresh.size_bytes()));
    if (got < fresh.size_bytes()) {
      values.resize(have + got / sizeof(T));
      break;
    }
  }
  return values;
}

/// The other order of bytes.
template <class T>
void swap_bytes(std::span<T> values) {
  if constexpr (sizeof(T) > 1) {
    for (T& value : values) {
      std::uint8_t bytes[sizeof(T)];
      std::memcpy(bytes, &value, sizeof(T));
      std::reverse(bytes, bytes + sizeof(T));
      std::memcpy(&value, bytes, sizeof(T));
    }
  }
}

}  // namespace fedtide
