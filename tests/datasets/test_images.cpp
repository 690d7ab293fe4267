#include <numeric>

#include "datasets/formats/idx.h"
#include "datasets/images/mnist_files.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

std::vector<int> class_counts(const Dataset& dataset) {
  std::vector<int> counts(10);
  for (const std::int32_t label : dataset.labels()) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

double pixel_sum(const Dataset& dataset, std::uint32_t row) {
  Batch<double> batch;
  dataset.gather(std::vector{row}, batch);
  return batch.dense.col(0).sum() * 255;
}

std::unique_ptr<DataLoader> loader(const std::string& name, Settings& settings) {
  return Registry<DatasetEntry>::instance().at(name).read(settings);
}

TEST_CASE("MNIST is the well-known one") {
  const std::optional<std::string> folder = shared_data("mnist");
  if (!folder) return;
  Settings settings;
  settings.texts["path"] = "../shared/data/mnist";  // relative to the config file
  settings.config_folder = FEDTIDE_SOURCE_DIR;
  const auto mnist = loader("mnist", settings);
  REQUIRE(mnist->shape().has_value());
  CHECK(mnist->shape()->dims == std::vector<Index>{1, 28, 28});
  CHECK(mnist->shape()->classes == 10);
  const DataSource source = mnist->load(1);
  REQUIRE(source.train);
  REQUIRE(source.test);
  CHECK(source.train->size() == 60'000);
  CHECK(source.test->size() == 10'000);
  const auto labels = source.train->labels();
  CHECK(std::vector<std::int32_t>(labels.begin(), labels.begin() + 5) == std::vector<std::int32_t>{5, 0, 4, 1, 9});
  CHECK(class_counts(*source.train) == std::vector<int>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
  CHECK(class_counts(*source.test) == std::vector<int>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
  // CRC-32, by another program, of the bytes whose md5 are the published ones (6bbc9ace.., a25bea73.., 2646ac64..,
  // 27ae3e4e..).
  CHECK(source.provenance.find(
            "(crc32: train-images e9f4d8b3, train-labels e0cb4ad2, t10k-images 91373bdf, t10k-labels 4ab9eff9)") !=
        std::string::npos);
  CHECK(pixel_sum(*source.train, 0) == Approx(27525).epsilon(1e-12));  // of the bytes 16 .. 799
  CHECK(source.train->memory().count == 60'000 * (784 + 4));
  CHECK_FALSE(source.natural_clients.has_value());
}

TEST_CASE("Fashion-MNIST from Debian's package has 6,000 and 1,000 of each class") {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    WARN("NOT TESTED: dataset-fashion-mnist is not installed");
    return;
  }
  Settings settings;
  const DataSource source = loader("fashion_mnist", settings)->load(1);
  CHECK(class_counts(*source.train) == std::vector<int>(10, 6000));
  CHECK(class_counts(*source.test) == std::vector<int>(10, 1000));
  CHECK(source.provenance.find("/usr/share/datasets/fashion-mnist (crc32: train-images b4f29f28") == 0);
}

ByteString labels_file(std::size_t n) {
  ByteString file{0, 0, 8, 1, 0, 0, 0, static_cast<std::uint8_t>(n)};
  for (std::size_t i = 0; i < n; ++i) file.push_back(static_cast<std::uint8_t>(i % 10));
  return file;
}
ByteString images_file(std::size_t n, std::uint8_t side = 28) {
  const ByteString header{0, 0, 8, 3, 0, 0, 0, static_cast<std::uint8_t>(n), 0, 0, 0, side, 0, 0, 0, side};
  return header + ByteString(n * side * side, 128);
}

TEST_CASE("the four files may be plain or packed, each on its own") {
  const TemporaryFolder folder;
  folder.write("train-labels-idx1-ubyte", labels_file(12));
  folder.write("train-images-idx3-ubyte.gz", gzipped(images_file(12)));
  folder.write("t10k-labels-idx1-ubyte.gz", gzipped(labels_file(3)));
  folder.write("t10k-images-idx3-ubyte", images_file(3));
  const DataSource source = load_mnist_files(folder.path(), "");
  CHECK(source.train->size() == 12);
  CHECK(source.test->size() == 3);
  CHECK(pixel_sum(*source.test, 2) == Approx(784 * 128));
}

TEST_CASE("missing data say what to do") {
  const TemporaryFolder folder;
  Settings fashion;
  fashion.texts["path"] = "fashion";
  fashion.config_folder = folder.path();
  CHECK(said_by([&] { loader("fashion_mnist", fashion)->load(1); }) ==
        Said{ExitCode::no_input, folder.path() + "/fashion: there is no such folder; install it (apt-get install "
                                                 "dataset-fashion-mnist), or let data.path name its folder"});
  Settings mnist;
  mnist.texts["path"] = folder.path();
  CHECK(said_by([&] { loader("mnist", mnist)->load(1); }) ==
        Said{ExitCode::no_input,
             folder.path() +
                 ": neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte.gz is there; data.path must "
                 "name a folder with {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz"});
  Settings none;
  loader("mnist", none);
  CHECK(none.mistakes == std::vector<std::string>{"path: is required"});
}

TEST_CASE("files that do not belong together are refused") {
  const TemporaryFolder folder;
  const std::string labels = folder.write("train-labels-idx1-ubyte", labels_file(12));
  const std::string images = folder.write("train-images-idx3-ubyte", images_file(11));
  CHECK(said_by([&] { load_mnist_files(folder.path(), ""); }) ==
        Said{ExitCode::data_damaged, images + ": byte 4: 11 images, but " + labels + " has 12 labels"});
  folder.write("train-images-idx3-ubyte", images_file(12, 32));
  CHECK(said_by([&] { load_mnist_files(folder.path(), ""); }) ==
        Said{ExitCode::data_damaged, images + ": byte 8: images of 32 x 32 pixels, must be 28 x 28"});
}

}  // namespace
}  // namespace fedtide
