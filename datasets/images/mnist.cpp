// MNIST: handwritten digits, 60,000 for training and 10,000 for testing. Any set in the same four files loads too
// (KMNIST). LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition. Proc. IEEE 86(11),
// 1998.

#include <memory>
#include <string>
#include <utility>

#include "datasets/images/mnist_files.h"
#include "datasets/images/mnist_writers.h"
#include "datasets/natural_clients.h"
#include "sim/config/section.h"
#include "sim/files/path.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

class Mnist final : public DataLoader {
 public:
  Mnist(std::string folder, std::string writers, ClientChoice choice)
      : folder_(std::move(folder)), writers_(std::move(writers)), choice_(choice) {}
  std::optional<InputShape> shape() const override { return mnist_shape(); }
  bool has_clients() const override { return !writers_.empty(); }
  DataSource load(std::uint64_t seed) const override {
    DataSource source = load_mnist_files(
        folder_, "data.path must name a folder with {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz");
    if (has_clients()) add_writers(source, writers_);
    choose_clients(source, choice_, seed, folder_);
    return source;
  }

 private:
  std::string folder_;
  std::string writers_;  ///< folder of QMNIST's labels; empty: no clients
  ClientChoice choice_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path = section.text(
      "path", {std::nullopt, "folder with the four idx files, plain or .gz; relative to the config file", ""});
  std::string writers =
      section
          .maybe_text("writers_path", {std::nullopt,
                                       "makes each writer a client: folder with qmnist-{train,test}-labels-idx2-int, "
                                       "plain or .gz; relative to the config file",
                                       "Yadav, Bottou 2019, arXiv 1905.10498"})
          .value_or("");
  const ClientChoice choice = read_client_choice(section);
  if (section.describing()) writers.clear();
  if (!writers.empty()) writers = resolve_path(writers, section.folder());
  return std::make_unique<Mnist>(resolve_path(path, section.folder()), writers, choice);
}

const Registration<DatasetEntry> entry{
    {{"mnist", "handwritten digits, 28 x 28, 10 classes, 60,000 + 10,000, from idx files",
      "LeCun, Bottou, Bengio, Haffner 1998, Proc. IEEE 86(11)"},
     read}};
const Registration<DataCard> card{
    {{"mnist", "", ""},
     "copyright Yann LeCun and Corinna Cortes; generally given as CC BY-SA 3.0",
     {{"train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
      {"train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
      {"t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
      {"t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}}}};

}  // namespace
}  // namespace fedtide
