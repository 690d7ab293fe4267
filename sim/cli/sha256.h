#pragma once
// Digests that publishers of data give.

#include <cstdint>
#include <string>

namespace fedtide {

struct FileDigest {
  std::uint64_t bytes = 0;  ///< of the file
  std::string sha256;       ///< of the file; 64 hexadecimal digits
  std::string content;      ///< of what a gzip file holds; that of the file itself where it is not packed
};
/// Reads the file once. Throws Failure(no_input) when it cannot be opened, Failure(io) when it cannot be read on,
/// Failure(data_damaged) for damaged gzip data.
FileDigest digest_file(const std::string& path);

}  // namespace fedtide
