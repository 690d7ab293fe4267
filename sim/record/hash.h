#pragma once
// XXH3, 128 bits: quick sums that tell whether bytes are the same. They are no protection against a forger.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fedtide {

/// A running hash of bytes.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void add(const void* bytes, std::size_t count);
  void add(std::string_view text) { add(text.data(), text.size()); }
  /// 32 hexadecimal digits, most significant first (XXH128_canonicalFromHash's order); adding may go on.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hash_text(std::string_view text);

/// Size and hash of a file: what `run.json` keeps, so that a damaged result is never taken for a finished one.
struct FileHash {
  std::uint64_t bytes = 0;
  std::string hex;
  bool operator==(const FileHash&) const = default;
};

/// Errors: Failure(no_input) when it cannot be opened, Failure(io) when it cannot be read.
FileHash hash_file(const std::filesystem::path& path);

/// Appends a line with the hash of all before it (HDF5 does not mind what follows its end), so that a file can be
/// checked before a library that trusts its input opens it. Returns the hash of the sealed file. Errors: Failure(io).
FileHash seal_file(const std::filesystem::path& path);
/// Failure(data_damaged) unless the file is as `seal_file` left it; Failure(no_input) when it cannot be opened.
void require_sealed(const std::filesystem::path& path);

}  // namespace fedtide
