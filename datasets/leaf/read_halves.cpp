#include "datasets/leaf/read_halves.h"

#include <utility>

#include "datasets/formats/leaf.h"
#include "datasets/formats/tff.h"

namespace fedtide {
namespace {

ClientExamples read_half(const std::vector<std::string>& files) {
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

}  // namespace

DataSource load_halves(const HalfPaths& paths, const ClientsOptions& options, std::uint64_t seed) {
  const HalfFiles files = find_halves(paths, {".json", ".h5", ".hdf5"});
  const std::string& place = paths.path.empty() ? paths.train : paths.path;
  ClientExamples train = read_half(files.train);
  return clients_source(place, std::move(train), read_half(files.test), options, seed);
}

}  // namespace fedtide
