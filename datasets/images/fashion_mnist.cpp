// Fashion-MNIST: photographs of clothing, 60,000 for training and 10,000 for testing, 6,000 and 1,000 of each class.
// Xiao, Rasul, Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms. arXiv
// 1708.07747. Debian has it as a package, so that it is one command away.

#include <memory>
#include <string>
#include <utility>

#include "datasets/images/mnist_files.h"
#include "sim/config/section.h"
#include "sim/files/path.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

constexpr const char* kPackageFolder = "/usr/share/datasets/fashion-mnist";

class FashionMnist final : public DataLoader {
 public:
  explicit FashionMnist(std::string folder) : folder_(std::move(folder)) {}
  std::optional<InputShape> shape() const override { return mnist_shape(); }
  DataSource load(std::uint64_t) const override {
    return load_mnist_files(folder_,
                            "install it (apt-get install dataset-fashion-mnist), or let data.path name its folder");
  }

 private:
  std::string folder_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path = section.text(
      "path", {kPackageFolder, "folder with the four idx files, plain or .gz; relative to the config file", ""});
  return std::make_unique<FashionMnist>(resolve_path(path, section.folder()));
}

const Registration<DatasetEntry> entry{
    {{"fashion_mnist", "photographs of clothing, 28 x 28, 10 classes, 60,000 + 10,000, from Debian's package",
      "Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747"},
     read}};
const Registration<DataCard> card{
    {{"fashion_mnist", "", ""},
     "MIT, copyright 2017 Zalando SE",
     {{"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
      {"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
      {"t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
      {"t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}}}};

}  // namespace
}  // namespace fedtide
