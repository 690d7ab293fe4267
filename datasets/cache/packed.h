#pragma once
// Values one after the other in memory, to be written to a file and read back. Of a machine with little-endian
// integers.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fedtide {

static_assert(std::endian::native == std::endian::little);

class Packer {
 public:
  void put(std::uint64_t value) { put_bytes(&value, sizeof value); }
  void put(std::string_view text) {
    put(std::uint64_t{text.size()});
    put_bytes(text.data(), text.size());
  }
  template <class T>
  void put(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    put(std::uint64_t{values.size()});
    put_bytes(values.data(), values.size() * sizeof(T));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void put_bytes(const void* from, std::size_t count) { bytes_.append(static_cast<const char*>(from), count); }

  std::string bytes_;
};

/// Takes out what a Packer put in. What is asked for beyond the end is empty, and `good` is false from then on.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : left_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    if (left_.size() < sizeof value) return fail(), 0;
    std::memcpy(&value, left_.data(), sizeof value);
    left_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view text() { return take(number(), 1); }
  template <class T>
  std::vector<T> values() {
    const std::uint64_t count = number();
    const std::string_view bytes = take(count, sizeof(T));
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  bool good() const { return good_; }
  bool at_end() const { return good_ && left_.empty(); }

 private:
  void fail() {
    good_ = false;
    left_ = {};
  }
  std::string_view take(std::uint64_t count, std::size_t size) {
    if (count > left_.size() / size) return fail(), std::string_view();
    const std::string_view taken = left_.substr(0, count * size);
    left_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view left_;
  bool good_ = true;
};

}  // namespace fedtide
