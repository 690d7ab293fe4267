#pragma once
// Reading back files of our own: what the digest needs. The file is not trusted: only hard links to groups and plain
// datasets of our types, and sizes that the file can hold.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/hdf5_handle.h"
#include "sim/record/value_type.h"

namespace fedtide {

/// A dataset of a file.
struct Hdf5Entry {
  std::string path;               ///< "/clients/latency_s"
  std::optional<ValueType> type;  ///< none: strings
  std::vector<std::int64_t> lengths;
};

/// Errors of all: Failure(data_damaged) naming the file and the part, Failure(no_input) when it cannot be opened at
/// all.
class Hdf5Reader {
 public:
  explicit Hdf5Reader(const std::filesystem::path& path);

  /// A text attribute of the root group; none when it is absent or no text.
  std::optional<std::string> text_attribute(const std::string& name) const;
  /// Integers of an attribute of the root group; empty when it is absent or something else.
  std::vector<std::int32_t> integer_attribute(const std::string& name) const;

  /// A number, the attribute of the root group; none when it is absent or something else.
  std::optional<double> number_attribute(const std::string& name) const;

  /// All datasets in the order of their paths, byte by byte. Dimensions without values of their own are left out.
  std::vector<Hdf5Entry> entries() const;

  /// Calls `use(bytes, count)` with the values in order, a piece at a time: little-endian numbers, strings each with a
  /// NUL at the end.
  void read(const Hdf5Entry& entry, const std::function<void(const void*, std::size_t)>& use) const;

 private:
  Hdf5Place place_;
  std::int64_t file_bytes_ = 0;
  Hdf5Handle file_;
};

}  // namespace fedtide
