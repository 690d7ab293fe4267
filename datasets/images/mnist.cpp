// MNIST: handwritten digits, 60,000 for training and 10,000 for testing. Any set in the same four files loads too
// (KMNIST). LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition. Proc. IEEE 86(11),
// 1998.

#include <memory>
#include <string>
#include <utility>

#include "datasets/images/mnist_files.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

class Mnist final : public DataLoader {
 public:
  explicit Mnist(std::string folder) : folder_(std::move(folder)) {}
  std::optional<InputShape> shape() const override { return mnist_shape(); }
  DataSource load(std::uint64_t) const override {
    return load_mnist_files(
        folder_, "data.path must name a folder with {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz");
  }

 private:
  std::string folder_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path = section.text(
      "path", {std::nullopt, "folder with the four idx files, plain or .gz; relative to the config file", ""});
  return std::make_unique<Mnist>(resolve_path(path, section.folder()));
}

const Registration<DatasetEntry> entry{
    {{"mnist", "handwritten digits, 28 x 28, 10 classes, 60,000 + 10,000, from idx files",
      "LeCun, Bottou, Bengio, Haffner 1998, Proc. IEEE 86(11)"},
     read}};

}  // namespace
}  // namespace fedtide
