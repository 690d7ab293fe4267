#include "datasets/arrays/array_source.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

template <class T>
Array array_of(const std::string& name, std::vector<std::uint64_t> dims, std::vector<T> values) {
  return Array{name, std::move(dims), std::move(values), 0, false};
}
std::unique_ptr<DataLoader> loader(Settings& settings) {
  return Registry<DatasetEntry>::instance().at("numpy").read(settings);
}
std::string corpus(const std::string& name) { return FEDTIDE_SOURCE_DIR "/tests/fuzz/corpus/npy/" + name; }

TEST_CASE("an archive of NumPy with clients becomes a data source of bytes") {
  Settings settings;
  settings.texts = {{"path", corpus("stored.npz")}, {"client_array", "client"}};
  const auto made = loader(settings);
  CHECK(settings.mistakes.empty());
  CHECK(made->has_clients());
  const DataSource source = made->load(1);
  CHECK(source.train->shape().dims == std::vector<Index>{4});
  CHECK(source.train->shape().classes == 3);
  CHECK(source.train->memory().count == 3 * (4 + 4));
  CHECK(source.client_names == std::vector<std::string>{"5", "9"});
  CHECK(source.natural_clients->rows == std::vector<std::uint32_t>{0, 1, 2});
  Batch<double> batch;
  source.train->gather(std::vector<std::uint32_t>{2}, batch);
  CHECK(batch.dense(3, 0) == 11.0 / 255);
}

TEST_CASE("floats as y are numbers to predict") {
  Settings settings;
  settings.texts = {{"path", corpus("deflated.npz")}};
  const auto made = loader(settings);
  CHECK_FALSE(made->has_clients());
  const DataSource source = made->load(1);
  CHECK(source.train->shape().dims == std::vector<Index>{1, 2, 4});
  CHECK(source.train->shape().targets == 1);
  CHECK(source.train->shape().classes == 0);
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{1, 2}, batch);
  CHECK(batch.dense(0, 0) == 8);
  CHECK(batch.targets(0, 0) == 1.5f);
  CHECK(batch.targets(0, 1) == -2);
}

TEST_CASE("a folder may hold .npy and idx files, plain or packed") {
  const TemporaryFolder folder;
  folder.write("x.gz",
               gzipped({0, 0, 0x0d, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0, 0xbf, 0x80, 0, 0}));  // 1.5, -1
  folder.write("y", {0, 0, 0x0b, 1, 0, 0, 0, 2, 0, 1, 0, 0});                                          // 1, 0
  Settings settings;
  settings.texts["path"] = folder.path();
  const DataSource source = loader(settings)->load(1);
  CHECK(source.train->size() == 2);
  CHECK(source.train->labels()[0] == 1);
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0, 1}, batch);
  CHECK(batch.dense(0, 0) == 1.5f);
  CHECK(batch.dense(0, 1) == -1);
}

TEST_CASE("channels that come last become planes, as bytes and as floats") {
  // Two pixels of three channels: (1 2 3) (4 5 6).
  const auto bytes = array_of<std::uint8_t>("x", {1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const auto floats = array_of<float>("x", {1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const auto y = array_of<std::int32_t>("y", {1}, {0});
  Batch<float> batch;
  const DataSource a = array_source({bytes, y, {}}, std::nullopt, {true, 0});
  CHECK(a.train->shape().dims == std::vector<Index>{3, 1, 2});
  a.train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.dense(1, 0) == 4 / 255.0f);
  CHECK(batch.dense(2, 0) == 2 / 255.0f);
  array_source({floats, y, {}}, std::nullopt, {true, 0}).train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.dense.col(0) == Vector<float>{{1, 4, 2, 5, 3, 6}});
  array_source({floats, y, {}}, std::nullopt, {false, 0}).train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.dense.col(0) == Vector<float>{{1, 2, 3, 4, 5, 6}});
}

TEST_CASE("booleans are 0 and 1, not pixels") {
  Array x = array_of<std::uint8_t>("x", {1, 2}, {0, 1});
  x.is_boolean = true;
  Batch<float> batch;
  array_source({x, array_of<std::int32_t>("y", {1}, {0}), {}}, std::nullopt, {})
      .train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.dense(1, 0) == 1.0f);
}

TEST_CASE("test clients are matched by number; those that are not in training are nobody's") {
  const auto x = array_of<float>("x", {3, 1}, {1, 2, 3});
  const auto y = array_of<std::int64_t>("y", {3}, {0, 1, 0});
  const auto c = array_of<std::int32_t>("c", {3}, {7, -2, 7});
  const auto t = array_of<std::int16_t>("t", {3}, {9, 7, -2});
  const DataSource source = array_source({x, y, c}, ArrayHalf{x, y, t}, {});
  CHECK(source.client_names == std::vector<std::string>{"-2", "7"});
  CHECK(source.natural_clients->rows == std::vector<std::uint32_t>{1, 0, 2});
  CHECK(source.natural_test->rows == std::vector<std::uint32_t>{2, 1});
  CHECK(source.natural_test->begin == std::vector<std::uint64_t>{0, 1, 2});
}

TEST_CASE("arrays that do not go together are refused with their shapes") {
  const auto x = array_of<float>("X", {2, 1}, {1, 2});
  const auto y = array_of<std::int64_t>("Y", {2}, {0, 1});
  const auto real = array_of<double>("Y", {2}, {0, 1});
  const auto said = [](ArrayHalf train, std::optional<ArrayHalf> test = std::nullopt, int classes = 0) {
    const Said result = said_by([&] { array_source(train, test, {false, classes}); });
    CHECK(result.code == ExitCode::data_damaged);
    return result.message;
  };
  CHECK(said({array_of<float>("X", {0, 3}, {}), y, {}}) ==
        "X: x has the shape (0 x 3), must have 1 to 4 dimensions, none of them 0");
  CHECK(said({array_of<float>("X", {}, {1}), y, {}}) ==
        "X: x has the shape (), must have 1 to 4 dimensions, none of them 0");
  CHECK(said({x, array_of<std::int64_t>("Y", {3}, {0, 1, 2}), {}}) ==
        "Y: y has the shape (3), must begin with 2 as x does");
  CHECK(said({x, array_of<std::int64_t>("Y", {2, 2}, {0, 1, 2, 3}), {}}) ==
        "Y: y has the shape (2 x 2), must be one label for each sample");
  CHECK(said({x, array_of<std::int64_t>("Y", {2}, {0, -1}), {}}) == "Y: label 1 is -1, must be 0 to 1048575");
  CHECK(said({x, y, {}}, std::nullopt, 1) == "Y: label 1 is 1, must be 0 to 0");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(said({array_of<float>("X", {2}, {1, nan}), y, {}}) ==
        "X: value 1 of x is nan, must be a number that float32 holds");
  CHECK(said({array_of<double>("X", {2}, {1, 1e300}), y, {}}) ==
        "X: value 1 of x is 1e+300, must be a number that float32 holds");
  CHECK(said({x, array_of<float>("Y", {2}, {1, nan}), {}}) ==
        "Y: value 1 of y is nan, must be a number that float32 holds");
  CHECK(said({x, array_of<float>("Y", {2, 1, 1}, {1, 2}), {}}) ==
        "Y: y has the shape (2 x 1 x 1), must have one or two dimensions");
  CHECK(said({x, y, array_of<float>("C", {2}, {1, 2})}) == "C: client must be one whole number for each sample");
  CHECK(said({x, y, array_of<std::int8_t>("C", {1}, {1})}) ==
        "C: client has the shape (1), must begin with 2 as x does");
  CHECK(said({x, y, {}}, ArrayHalf{array_of<float>("T", {1, 2}, {1, 2}), y, {}}) ==
        "T: test x has the shape (1 x 2), x has (2 x 1)");
  CHECK(said({x, y, {}}, ArrayHalf{x, real, {}}) ==
        "X: y and test y must both be there, of labels (integers) or of numbers to predict (floats)");
  CHECK(said({x, real, {}}, ArrayHalf{x, array_of<double>("T", {2, 2}, {0, 1, 2, 3}), {}}) ==
        "T: test y has not as many numbers to predict as y");
}

TEST_CASE("the data set numpy says what is missing") {
  using Catch::Matchers::Contains;
  Settings settings;
  settings.texts = {{"path", "/none"}};
  CHECK(said_by([&] { loader(settings)->load(1); }) == Said{ExitCode::no_input, "/none: is not there"});
  const TemporaryFolder folder;
  settings.texts["path"] = folder.path();
  CHECK_THAT(said_by([&] { loader(settings)->load(1); }).message, Contains("has neither x nor x.npy, plain or .gz"));
  settings.texts["test_client_array"] = "c";
  settings.texts["test_y"] = "t";
  loader(settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"test_x: goes with test_y", "test_client_array: goes with test_x and client_array"});
}

}  // namespace
}  // namespace fedtide
