#pragma once
// Reading a trajectory back: whole columns by their paths.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/record/hdf5_reader.h"

namespace fedtide {

/// A run directory's trajectory.h5, or the path itself when it is no directory. Errors: Failure(no_input) when the
/// directory has none.
std::filesystem::path trajectory_of(const std::filesystem::path& run);
/// Failure(data_damaged) unless the file is a trajectory of a format that this program knows.
void require_trajectory(const Hdf5Reader& file, const std::filesystem::path& path);

class TrajectoryReader {
 public:
  /// `run` as trajectory_of takes it. Errors of this and below: Failure(no_input) when there is none,
  /// Failure(data_damaged) when it is damaged, of another kind or of a newer format, or a column is not as it must be.
  explicit TrajectoryReader(const std::filesystem::path& run);

  const std::filesystem::path& path() const { return path_; }
  bool has(const std::string& column) const { return entries_.contains(column); }

  /// Columns of one dimension, "/trace/client": whole numbers of any of our types, or real numbers.
  std::vector<std::int64_t> wholes(const std::string& column) const;
  std::vector<double> reals(const std::string& column) const;

  /// Attributes of the root group.
  std::optional<std::string> text(const std::string& attribute) const { return file_.text_attribute(attribute); }
  std::optional<double> number(const std::string& attribute) const { return file_.number_attribute(attribute); }

 private:
  const Hdf5Entry& entry(const std::string& column) const;
  template <class Out>
  std::vector<Out> read(const std::string& column) const;

  std::filesystem::path path_;
  Hdf5Reader file_;
  std::map<std::string, Hdf5Entry> entries_;
};

}  // namespace fedtide
