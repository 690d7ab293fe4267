#include "datasets/formats/tff.h"

#include <limits>

#include "sim/learn/dataset.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"
#include "tests/datasets/tff_writer.h"

namespace fedtide {
namespace {

std::string said(const std::string& path) {
  ClientExamples none;
  const Said result = said_by([&] { read_tff(path, none); });
  CHECK(result.code == ExitCode::data_damaged);
  return result.message;
}
std::unique_ptr<DataLoader> loader(const std::string& name, Settings& settings) {
  return Registry<DatasetEntry>::instance().at(name).read(settings);
}

TEST_CASE("TFF's clients come with their pixels and labels") {
  const TemporaryFolder folder;
  {
    TffWriter(folder.path() + "/train.h5").digits("f2", {1, 1, 0, 51 / 255.0f}, {61});
    TffWriter both(folder.path() + "/test.h5");
    both.digits("f2", {0, 0, 0, 1, 1, 0, 0, 0}, {3, 4});
    both.digits("f1", {0, 1, 1, 1}, {9});
  }
  Settings settings;
  settings.texts["path"] = folder.path();
  const DataSource source = loader("tff", settings)->load(1);
  CHECK(source.client_names == std::vector<std::string>{"f2"});
  CHECK(source.train->shape().dims == std::vector<Index>{1, 2, 2});
  CHECK(source.train->shape().classes == 62);
  CHECK(source.train->memory().count == 4 + 4);  // bytes
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.dense(3, 0) == 51 / 255.0f);
  REQUIRE(source.test->size() == 3);
  CHECK(source.natural_test->size(ClientId{0}) == 2);
  CHECK(source.test->labels()[source.natural_test->of(ClientId{0})[1]] == 4);
}

TEST_CASE("TFF's color images become planes, with superclasses as a column") {
  const TemporaryFolder folder;
  {
    TffWriter file(folder.path() + "/train.h5");
    file.client("0");
    file.array<std::uint8_t>("image", H5T_NATIVE_UINT8, {1, 1, 2, 3}, {1, 2, 3, 4, 5, 6});
    file.array<std::int64_t>("label", H5T_NATIVE_INT64, {1}, {7});
    file.array<std::int64_t>("coarse_label", H5T_NATIVE_INT64, {1}, {2});
  }
  Settings settings;
  settings.texts["path"] = folder.path();
  settings.numbers["classes"] = 100;
  const DataSource source = loader("tff", settings)->load(1);
  CHECK(source.train->shape().dims == std::vector<Index>{3, 1, 2});
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.dense(1, 0) == 4 / 255.0f);
  REQUIRE(source.columns.size() == 1);
  CHECK(source.columns[0].codes == std::vector<std::uint32_t>{2});
}

TEST_CASE("TFF's snippets become sequences of characters") {
  const TemporaryFolder folder;
  {
    TffWriter file(folder.path() + "/train.h5");
    file.client("HAMLET");
    file.texts("snippets", {"ab", "ba"});
    file.client("OTHER");
    file.texts("snippets", {"b"});
    TffWriter test(folder.path() + "/test.h5");
    test.client("HAMLET");
    test.texts("snippets", {"aa"});
  }
  Settings settings;
  settings.texts["path"] = folder.path();
  settings.numbers["steps"] = 5;
  const DataSource source = loader("tff", settings)->load(1);
  CHECK(source.client_names == std::vector<std::string>{"HAMLET", "OTHER"});
  CHECK(source.train->shape().vocabulary == 3);
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.tokens == std::vector<std::int32_t>{1, 2, 0, 2, 1});
  CHECK(source.test->size() == 1);
}

TEST_CASE("femnist reads TFF's files too") {
  const TemporaryFolder folder;
  {
    TffWriter file(folder.path() + "/fed_emnist_train.h5");
    file.client("f0000_14");
    file.array("pixels", H5T_NATIVE_FLOAT, {2, 28, 28}, std::vector<float>(2 * 784, 1.0f));
    file.array<std::int32_t>("label", H5T_NATIVE_INT32, {2}, {0, 61});
  }
  Settings settings;
  settings.texts["train_path"] = folder.path() + "/fed_emnist_train.h5";
  const DataSource source = loader("femnist", settings)->load(1);
  CHECK(source.train->size() == 2);
  CHECK_FALSE(source.test);
}

TEST_CASE("each mistake of a TFF file is named with its part") {
  using Catch::Matchers::Contains;
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/a.h5";
  const auto written = [&](auto write) {
    { write(TffWriter(path)); }
    return said(path);
  };
  ClientExamples none;
  CHECK(said_by([&] { read_tff(folder.path() + "/none.h5", none); }).code == ExitCode::no_input);
  CHECK_THAT(said(folder.write("text.h5", bytes_of("no HDF5"))),
             Contains("is not an HDF5 file, or cut off at the start"));
  CHECK_THAT(written([](TffWriter&&) {}), Contains("/examples: has no clients"));
  CHECK_THAT(written([](TffWriter&& w) { w.client("a"); }),
             Contains("/examples/a: must hold pixels or image, and label"));
  CHECK_THAT(written([](TffWriter&& w) {
               w.digits("a", {0, 0, 0, 0}, {0});
               w.soft_link();
             }),
             Contains("/examples/z: a link to elsewhere"));
  CHECK_THAT(written([](TffWriter&& w) {
               w.client("a");
               w.array<float>("pixels", H5T_NATIVE_FLOAT, {1, 2, 2}, {0, 0, 0, 0});
               w.array<std::int32_t>("label", H5T_NATIVE_INT32, {2}, {0, 1});
             }),
             Contains("/examples/a/label: 2 labels for 1 samples"));
  CHECK_THAT(written([](TffWriter&& w) {
               w.client("a");
               w.array<std::int32_t>("pixels", H5T_NATIVE_INT32, {1, 2, 2}, {0, 0, 0, 0});
               w.array<std::int32_t>("label", H5T_NATIVE_INT32, {1}, {0});
             }),
             Contains("/examples/a/pixels: must be floats in two or more dimensions"));
  CHECK_THAT(written([](TffWriter&& w) {
               w.client("a");
               w.array<float>("pixels", H5T_NATIVE_FLOAT, {1, 2, 2}, {0, 0, 0, 0});
               w.array<float>("label", H5T_NATIVE_FLOAT, {1}, {0});
             }),
             Contains("/examples/a/label: must be integers in one dimension"));
  CHECK_THAT(written([](TffWriter&& w) {
               w.digits("a", {0, 0, 0, std::numeric_limits<float>::infinity()}, {0});
             }),
             Contains("/examples/a/pixels: holds inf, must be finite"));
  CHECK_THAT(written([](TffWriter&& w) {
               w.digits("a", {0, 0, 0, 0}, {0});
               w.client("b");
               w.array<float>("pixels", H5T_NATIVE_FLOAT, {1, 2, 1}, {0, 0});
               w.array<std::int32_t>("label", H5T_NATIVE_INT32, {1}, {0});
             }),
             Contains("/examples/b/pixels: samples of 2 values, those before it have 4"));
}

}  // namespace
}  // namespace fedtide
