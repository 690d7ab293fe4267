// The source `tff`: TensorFlow Federated's HDF5 files, such as fed_emnist, fed_cifar100 and shakespeare.

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "datasets/formats/tff.h"
#include "datasets/leaf/read_halves.h"
#include "datasets/text/text_loader.h"
#include "sim/base/error.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

class Tff final : public DataLoader {
 public:
  Tff(HalfPaths paths, ClientsOptions options, TextWindows windows)
      : paths_(std::move(paths)), options_(std::move(options)), windows_(windows) {}
  std::optional<InputShape> shape() const override { return std::nullopt; }  // the files say
  bool has_clients() const override { return true; }

  DataSource load(std::uint64_t seed) const override {
    const HalfFiles files = find_halves(paths_, {".h5", ".hdf5"});
    return has_tff_snippets(files.train.front()) ? load_snippets(files, seed) : load_halves(paths_, options_, seed);
  }

 private:
  DataSource load_snippets(const HalfFiles& files, std::uint64_t seed) const {
    ClientExamples train, test;
    for (const std::string& file : files.train) read_tff_snippets(file, train);
    for (const std::string& file : files.test) read_tff_snippets(file, test);
    Corpus corpus(TextLevel::character);
    for (std::size_t i = 0; i < train.clients.size(); ++i) {
      const auto found = test.places.find(train.clients[i].name);
      corpus.add(train.clients[i].name, train.texts[i], found == test.places.end() ? "" : test.texts[found->second]);
    }
    DataSource source = text_source(corpus, TextVocabulary::characters(corpus), windows_);
    const std::string& place = files.train.front();
    if (source.train->size() == 0) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: no client has the {} characters that a sample needs", place, windows_.least()));
    }
    source.provenance = fmt::format("{} (crc32: {}{}{}): {} clients, {}", place, train.checksums,
                                    test.checksums.empty() ? "" : ", test ", test.checksums,
                                    source.natural_clients->population(), source.provenance);
    choose_clients(source, options_.choice, seed, place);
    return source;
  }

  HalfPaths paths_;
  ClientsOptions options_;
  TextWindows windows_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  HalfPaths paths = read_half_paths(section, "TensorFlow Federated's .h5 files");
  ClientsOptions options;
  options.classes =
      static_cast<int>(section
                           .maybe_whole("classes", {std::nullopt, between(1, 1e6),
                                                    "labels are below it; by default as the data have", ""})
                           .value_or(0));
  options.invert = section.flag("invert", {false, "pixels v become 1 - v", ""});
  TextWindows windows;
  windows.steps =
      static_cast<std::uint32_t>(section.whole("steps", {80, between(1, 65536), "texts: characters of a sample", ""}));
  windows.stride = windows.steps;
  options.choice = read_client_choice(section);
  return std::make_unique<Tff>(std::move(paths), std::move(options), windows);
}

const Registration<DatasetEntry> entry{
    {{"tff", "clients with images or texts, from the HDF5 files of TensorFlow Federated",
      "tensorflow.org/federated, tff.simulation.datasets"},
     read}};

}  // namespace
}  // namespace fedtide
