#include "datasets/leaf/read_halves.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "datasets/cache/examples_cache.h"
#include "datasets/formats/leaf.h"
#include "datasets/formats/tff.h"

namespace fedtide {
namespace {

bool is_hdf5(const std::string& file) { return file.ends_with(".h5") || file.ends_with(".hdf5"); }

/// HDF5 is read about half as fast as a cache: not slow enough to be kept twice.
bool is_slow(const std::vector<std::string>& files) {
  return !files.empty() && std::none_of(files.begin(), files.end(), is_hdf5);
}

ClientExamples parse_half(const std::vector<std::string>& files) {
  ClientExamples examples;
  for (const std::string& file : files) {
    if (is_hdf5(file)) {
      read_tff(file, examples);
    } else {
      read_leaf(ContentReader::open(file), examples);
    }
  }
  return examples;
}

ClientExamples read_half(const std::vector<std::string>& files) {
  std::optional<ClientExamples> cached = is_slow(files) ? read_examples_cache(files) : std::nullopt;
  return cached ? std::move(*cached) : parse_half(files);
}

HalfFiles find_files(const HalfPaths& paths) { return find_halves(paths, {".json", ".h5", ".hdf5"}); }

}  // namespace

DataSource load_halves(const HalfPaths& paths, const ClientsOptions& options, std::uint64_t seed) {
  const HalfFiles files = find_files(paths);
  const std::string& place = paths.path.empty() ? paths.train : paths.path;
  ClientExamples train = read_half(files.train);
  return clients_source(place, std::move(train), read_half(files.test), options, seed);
}

std::vector<std::string> prepare_halves(const HalfPaths& paths) {
  const HalfFiles files = find_files(paths);
  std::vector<std::string> written;
  for (const auto& half : {files.train, files.test}) {
    if (is_slow(half)) written.push_back(write_examples_cache(half, parse_half(half)));
  }
  return written;
}

}  // namespace fedtide
