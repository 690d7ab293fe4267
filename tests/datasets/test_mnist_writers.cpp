#include "datasets/images/mnist_writers.h"

#include "datasets/formats/idx.h"
#include "datasets/images/mnist_files.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

Array idx(const ByteString& file) { return read_idx(ContentReader::over("I", file)); }
std::string said(const ByteString& file) {
  return said_by([&] { idx(file); }).message;
}

TEST_CASE("idx files of every type are read big-endian") {
  CHECK(std::get<std::vector<std::uint8_t>>(idx({0, 0, 8, 1, 0, 0, 0, 2, 7, 255}).values) ==
        std::vector<std::uint8_t>{7, 255});
  CHECK(std::get<std::vector<std::int8_t>>(idx({0, 0, 9, 1, 0, 0, 0, 2, 7, 255}).values) ==
        std::vector<std::int8_t>{7, -1});
  CHECK(std::get<std::vector<std::int16_t>>(idx({0, 0, 0x0b, 1, 0, 0, 0, 1, 255, 254}).values) ==
        std::vector<std::int16_t>{-2});
  CHECK(std::get<std::vector<std::int32_t>>(idx(gzipped({0, 0, 0x0c, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0})).values) ==
        std::vector<std::int32_t>{65536});
  CHECK(std::get<std::vector<float>>(idx({0, 0, 0x0d, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0}).values) ==
        std::vector<float>{1.5f});
  const Array f64 = idx({0, 0, 0x0e, 1, 0, 0, 0, 1, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0});
  CHECK(std::get<std::vector<double>>(f64.values) == std::vector<double>{1.5});
  CHECK(f64.dims == std::vector<std::uint64_t>{1});
  CHECK(f64.is_real());
}

TEST_CASE("lies of typed idx headers have messages, and damage is found") {
  CHECK(said({0, 0, 7, 1}) == "I: byte 2: found type 0x07, must be 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e");
  CHECK(said({0, 0, 0x0c, 0}) == "I: byte 3: found 0 dimensions, must be at least 1");
  const ByteString good{0, 0, 0x0c, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5, 255, 255, 255, 255};
  ByteString more = good;
  more[7] = 2;
  CHECK(said(more) == "I: byte 4: the header promises 2 x 2 values of 4 = 16 bytes after byte 12, the file has 8");
  check_cuts(good, [](const ByteString& file) { idx(file); });
  check_cuts(gzipped(good), [](const ByteString& file) { idx(file); });
  CHECK(check_changes(good, [](const ByteString& file) { idx(file); }) >= 40);
}

TEST_CASE("MNIST has 539 writers for training and other ones for testing") {
  const auto images = shared_data("mnist"), writers = shared_data("mnist-writers");
  if (!images || !writers) return;
  Settings settings;
  settings.texts = {{"path", *images}, {"writers_path", *writers}};
  const auto made = Registry<DatasetEntry>::instance().at("mnist").read(settings);
  CHECK(settings.mistakes.empty());
  CHECK(made->has_clients());
  const DataSource source = made->load(1);
  REQUIRE(source.natural_clients->population() == 539);
  std::vector<std::uint64_t> sizes;
  for (std::uint32_t i = 0; i < 539; ++i) sizes.push_back(source.natural_clients->size(ClientId{i}));
  std::sort(sizes.begin(), sizes.end());
  CHECK(sizes.front() == 19);
  CHECK(sizes[269] == 116);
  CHECK(sizes.back() == 131);
  CHECK(source.natural_clients->rows.size() == 60000);
  CHECK_FALSE(source.natural_test);
  CHECK(source.test->size() == 10000);
  REQUIRE(source.columns.size() == 1);
  CHECK(source.columns[0].groups.size() == 539);

  settings.numbers = {{"min_samples", 100}, {"client_fraction", 0.5}};
  const DataSource some = Registry<DatasetEntry>::instance().at("mnist").read(settings)->load(1);
  const auto large = static_cast<std::size_t>(sizes.end() - std::lower_bound(sizes.begin(), sizes.end(), 100u));
  CHECK(some.natural_clients->population() == (large + 1) / 2);
  CHECK(some.train->size() == some.natural_clients->rows.size());
  CHECK(some.test->size() == 10000);
}

TEST_CASE("labels of writers that are not those of the images are refused") {
  using Catch::Matchers::Contains;
  const TemporaryFolder folder;
  const auto labels = [](ByteString classes) {
    ByteString file{0, 0, 0x0c, 2, 0, 0, 0, static_cast<std::uint8_t>(classes.size()), 0, 0, 0, 8};
    for (const std::uint8_t each : classes) {
      for (std::uint8_t column = 0; column < 8; ++column)
        file = file + ByteString{0, 0, 0, column == 0 ? each : column};
    }
    return file;
  };
  const auto images = [](ByteString classes) {
    DataSource source;
    const auto n = static_cast<std::uint8_t>(classes.size());
    const TemporaryFolder files;
    for (const char* half : {"train", "t10k"}) {
      files.write(std::string(half) + "-labels-idx1-ubyte", ByteString{0, 0, 8, 1, 0, 0, 0, n} + classes);
      files.write(std::string(half) + "-images-idx3-ubyte",
                  ByteString{0, 0, 8, 3, 0, 0, 0, n, 0, 0, 0, 28, 0, 0, 0, 28} + ByteString(std::size_t{n} * 784));
    }
    return load_mnist_files(files.path(), "");
  };
  const auto message = [&](ExitCode code) {
    DataSource source = images({1, 2});
    const Said result = said_by([&] { add_writers(source, folder.path()); });
    CHECK(result.code == code);
    return result.message;
  };
  CHECK_THAT(message(ExitCode::no_input), Contains("neither qmnist-train-labels-idx2-int nor") &&
                                              Contains("data.writers_path must name the folder with QMNIST's labels"));
  folder.write("qmnist-train-labels-idx2-int", labels({1, 3}));
  folder.write("qmnist-test-labels-idx2-int", labels({1, 2, 9}));
  CHECK_THAT(message(ExitCode::data_damaged), Contains("row 1 is of class 3, image 1 has the label 2"));
  folder.write("qmnist-train-labels-idx2-int", labels({1}));
  CHECK_THAT(message(ExitCode::data_damaged), Contains("1 rows, but there are 2 images"));
  folder.write("qmnist-train-labels-idx2-int", {0, 0, 8, 1, 0, 0, 0, 1, 5});
  CHECK_THAT(message(ExitCode::data_damaged), Contains("found 1 values, must be rows of 8 32-bit integers"));
  folder.write("qmnist-train-labels-idx2-int", labels({1, 2}));
  DataSource source = images({1, 2});
  add_writers(source, folder.path());
  CHECK(source.client_names == std::vector<std::string>{"2"});
  CHECK(source.natural_clients->size(ClientId{0}) == 2);
}

}  // namespace
}  // namespace fedtide
