// FEMNIST: handwritten digits and letters by writer, 28 x 28, 62 classes: 0-9, A-Z, a-z. From LEAF's JSON (Caldas et
// al. 2018) or TensorFlow Federated's HDF5 (fed_emnist).
//
// Both have 1.0 for white paper and 0.0 for ink, the reverse of MNIST, and what is published was trained on that; so it
// stays as it is unless `invert` says otherwise.

#include <memory>
#include <utility>

#include "datasets/leaf/read_halves.h"
#include "sim/config/section.h"
#include "sim/learn/data_card.h"
#include "sim/learn/preparable.h"

namespace fedtide {
namespace {

constexpr Index kSide = 28;
constexpr int kClasses = 62;

class Femnist final : public DataLoader, public Preparable {
 public:
  Femnist(HalfPaths paths, ClientsOptions options) : paths_(std::move(paths)), options_(std::move(options)) {}
  std::optional<InputShape> shape() const override {
    return InputShape{InputShape::Kind::dense, options_.dims, options_.classes};
  }
  bool has_clients() const override { return true; }
  DataSource load(std::uint64_t seed) const override { return load_halves(paths_, options_, seed); }
  std::vector<std::string> prepare() const override { return prepare_halves(paths_); }

 private:
  HalfPaths paths_;
  ClientsOptions options_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  HalfPaths paths = read_half_paths(section, "LEAF's .json files, plain or .gz, or .h5 files as fed_emnist_train.h5");
  ClientsOptions options;
  options.dims = {1, kSide, kSide};
  options.classes = kClasses;
  options.invert =
      section.flag("invert", {false, "ink becomes 1 and paper 0, as in MNIST; published results have paper as 1", ""});
  options.choice = read_client_choice(section);
  return std::make_unique<Femnist>(std::move(paths), std::move(options));
}

const Registration<DatasetEntry> entry{
    {{"femnist", "handwritten digits and letters by writer, 28 x 28, 62 classes, from LEAF's or TFF's files",
      "Caldas et al. 2018, arXiv 1812.01097"},
     read}};
const Registration<DataCard> card{{{"femnist", "", ""}, "LEAF BSD 2-clause; images from NIST Special Database 19", {}}};

}  // namespace
}  // namespace fedtide
