#include "sim/record/trajectory_reader.h"

#include <cstring>
#include <type_traits>

#include "sim/base/error.h"
#include "sim/record/hash.h"
#include "sim/record/trajectory_layout.h"

namespace fedtide {
namespace {

/// HDF5 1.10 reads beyond its buffers on some damaged files: it sees only what is as we wrote it.
const std::filesystem::path& sealed(const std::filesystem::path& path) {
  require_sealed(path);
  return path;
}

/// Values of type T, appended as Out.
template <class T, class Out>
void append(const void* bytes, std::size_t count, std::vector<Out>& values) {
  for (std::size_t i = 0; i < count / sizeof(T); ++i) {
    T value;
    std::memcpy(&value, static_cast<const char*>(bytes) + i * sizeof(T), sizeof(T));
    values.push_back(static_cast<Out>(value));
  }
}

template <class Out>
void append_as(ValueType type, const void* bytes, std::size_t count, std::vector<Out>& values) {
  switch (type) {
    case ValueType::int64:
      return append<std::int64_t>(bytes, count, values);
    case ValueType::int32:
      return append<std::int32_t>(bytes, count, values);
    case ValueType::uint32:
      return append<std::uint32_t>(bytes, count, values);
    case ValueType::uint8:
      return append<std::uint8_t>(bytes, count, values);
    case ValueType::float32:
      return append<float>(bytes, count, values);
    case ValueType::float64:
      return append<double>(bytes, count, values);
  }
}

bool is_real(ValueType type) { return type == ValueType::float32 || type == ValueType::float64; }

}  // namespace

std::filesystem::path trajectory_of(const std::filesystem::path& run) {
  std::error_code error;
  if (!std::filesystem::is_directory(run, error)) return run;
  const auto path = run / "trajectory.h5";
  if (!std::filesystem::exists(path, error)) {
    throw Failure(ExitCode::no_input,
                  fmt::format("{}: no trajectory.h5 in it; it is written when a run ends or is stopped "
                              "cleanly, see run.json for how this one stands",
                              run.string()));
  }
  return path;
}

void require_trajectory(const Hdf5Reader& file, const std::filesystem::path& path) {
  const std::string kind = file.text_attribute("filetype").value_or("");
  if (kind != kTrajectoryFiletype) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: is no trajectory: its attribute filetype is \"{}\", \"{}\" is needed", path.string(),
                              kind, kTrajectoryFiletype));
  }
  const std::vector<std::int32_t> version = file.integer_attribute("version");
  if (version.size() != 2 || version[0] != kTrajectoryVersion[0]) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: is of format version {}, this program knows {}", path.string(),
                              version.empty() ? "none" : std::to_string(version[0]), kTrajectoryVersion[0]));
  }
}

TrajectoryReader::TrajectoryReader(const std::filesystem::path& run) : path_(trajectory_of(run)), file_(sealed(path_)) {
  require_trajectory(file_, path_);
  for (Hdf5Entry& entry : file_.entries()) entries_.emplace(entry.path, entry);
}

const Hdf5Entry& TrajectoryReader::entry(const std::string& column) const {
  const auto found = entries_.find(column);
  if (found == entries_.end()) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {} is missing", path_.string(), column));
  }
  if (!found->second.type || found->second.lengths.size() != 1) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: {} must be a column of numbers, and is something else", path_.string(), column));
  }
  return found->second;
}

template <class Out>
std::vector<Out> TrajectoryReader::read(const std::string& column) const {
  const Hdf5Entry& from = entry(column);
  if (std::is_integral_v<Out> && is_real(*from.type)) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {} must hold whole numbers, and holds {}", path_.string(),
                                                      column, name(*from.type)));
  }
  std::vector<Out> values;
  values.reserve(static_cast<std::size_t>(from.lengths[0]));
  file_.read(from, [&](const void* bytes, std::size_t count) { append_as(*from.type, bytes, count, values); });
  return values;
}

std::vector<std::int64_t> TrajectoryReader::wholes(const std::string& column) const {
  return read<std::int64_t>(column);
}

std::vector<double> TrajectoryReader::reals(const std::string& column) const { return read<double>(column); }

}  // namespace fedtide
