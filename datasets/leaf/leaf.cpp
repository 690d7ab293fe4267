// The source `leaf`: any data in LEAF's JSON. Caldas et al.: LEAF: a benchmark for federated settings. 2018.

#include <memory>
#include <string>
#include <utility>

#include "datasets/formats/leaf.h"
#include "datasets/leaf/clients_source.h"
#include "datasets/leaf/halves.h"
#include "datasets/leaf/read_halves.h"
#include "sim/config/section.h"
#include "sim/learn/preparable.h"

namespace fedtide {
namespace {

class Leaf final : public DataLoader, public Preparable {
 public:
  Leaf(HalfPaths paths, ClientsOptions options) : paths_(std::move(paths)), options_(std::move(options)) {}
  std::optional<InputShape> shape() const override { return std::nullopt; }  // the files say
  bool has_clients() const override { return true; }
  DataSource load(std::uint64_t seed) const override { return load_halves(paths_, options_, seed); }
  std::vector<std::string> prepare() const override { return prepare_halves(paths_); }

 private:
  HalfPaths paths_;
  ClientsOptions options_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  HalfPaths paths = read_half_paths(section, "LEAF's .json files, plain or .gz");
  ClientsOptions options;
  options.classes =
      static_cast<int>(section
                           .maybe_whole("classes", {std::nullopt, between(1, 1e6),
                                                    "labels are below it; by default as the data have", ""})
                           .value_or(0));
  for (const std::int64_t dim : section.wholes(
           "dims", {},
           {std::nullopt, between(1, 1e6), "channels, height and width of images; by default a row of features", ""})) {
    options.dims.push_back(dim);
  }
  options.invert = section.flag("invert", {false, "numbers v become 1 - v", ""});
  const auto field = section.maybe_whole(
      "text_field", {std::nullopt, between(0, 1e6),
                     "where an x is a row of texts: which of them is the text, from 0; 4 for Sentiment140", ""});
  if (field) options.text.field = static_cast<std::uint32_t>(*field);
  options.text.steps = static_cast<std::uint32_t>(section.whole(
      "steps", {25, between(1, 65536), "texts with classes: words of a sample, the first ones", "Caldas et al. 2018"}));
  options.text.vocabulary = static_cast<std::uint32_t>(section.whole(
      "vocabulary", {10'000, between(1, 65535), "texts with classes: words that are kept, the most frequent", ""}));
  options.choice = read_client_choice(section);
  return std::make_unique<Leaf>(std::move(paths), std::move(options));
}

const Registration<DatasetEntry> entry{
    {{"leaf", "users with images, features, next characters or texts and their classes, from LEAF's JSON files",
      "Caldas et al. 2018, arXiv 1812.01097"},
     read}};

}  // namespace
}  // namespace fedtide
