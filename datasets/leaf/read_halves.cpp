#include "datasets/leaf/read_halves.h"

#include <optional>
#include <utility>

#include "datasets/cache/examples_cache.h"
#include "datasets/formats/leaf.h"
#include "datasets/formats/tff.h"

namespace fedtide {
namespace {

ClientExamples parse_half(const std::vector<std::string>& files) {
  ClientExamples examples;
  for (const std::string& file : files) {
    if (file.ends_with(".h5") || file.ends_with(".hdf5")) {
      read_tff(file, examples);
    } else {
      read_leaf(ContentReader::open(file), examples);
    }
  }
  return examples;
}

ClientExamples read_half(const std::vector<std::string>& files) {
  std::optional<ClientExamples> cached = read_examples_cache(files);
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
    if (!half.empty()) written.push_back(write_examples_cache(half, parse_half(half)));
  }
  return written;
}

}  // namespace fedtide
