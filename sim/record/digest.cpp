#include "sim/record/digest.h"

#include <string_view>

#include "sim/record/hash.h"
#include "sim/record/hdf5_reader.h"
#include "sim/record/trajectory_reader.h"

namespace fedtide {

namespace {

std::string hash_of(const Hdf5Reader& file, const Hdf5Entry& entry) {
  Hasher hasher;
  const std::string_view type = entry.type ? name(*entry.type) : "string";
  hasher.add(type.data(), type.size());
  hasher.add("\0", 1);
  const auto rank = static_cast<std::int64_t>(entry.lengths.size());
  hasher.add(&rank, sizeof rank);
  hasher.add(entry.lengths.data(), entry.lengths.size() * sizeof(std::int64_t));
  file.read(entry, [&](const void* bytes, std::size_t count) { hasher.add(bytes, count); });
  return hasher.hex();
}

}  // namespace

std::vector<DigestLine> digest(const std::filesystem::path& run) {
  const std::filesystem::path path = trajectory_of(run);
  // HDF5 1.10 reads beyond its buffers on some damaged files: it sees only what is as we wrote it.
  require_sealed(path);
  const Hdf5Reader file(path);
  require_trajectory(file, path);
  std::vector<DigestLine> lines;
  for (const auto& entry : file.entries()) {
    if (entry.path.starts_with("/provenance/")) continue;
    lines.push_back({hash_of(file, entry), entry.path});
  }
  lines.push_back({hash_text(to_text(lines)), "whole"});
  return lines;
}

std::string to_text(const std::vector<DigestLine>& lines) {
  std::string text;
  for (const auto& line : lines) text += line.hex + "  " + line.path + "\n";
  return text;
}

}  // namespace fedtide
