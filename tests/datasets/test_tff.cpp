#include "datasets/formats/tff.h"

#include <hdf5.h>

#include <fstream>

#include "sim/base/hdf5_handle.h"
#include "sim/learn/dataset.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

/// Writes files as TensorFlow Federated's are.
class TffWriter {
 public:
  explicit TffWriter(const std::string& path) {
    silence_hdf5();
    file_ = Hdf5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    examples_ = Hdf5Handle(H5Gcreate2(file_.id(), "examples", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  }
  void client(const std::string& name) {
    client_ = Hdf5Handle(H5Gcreate2(examples_.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  }
  template <class T>
  void array(const char* name, hid_t type, const std::vector<hsize_t>& dims, const std::vector<T>& values) {
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
    const Hdf5Handle data(H5Dcreate2(client_.id(), name, type, space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                          H5Dclose);
    REQUIRE(H5Dwrite(data.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
  }
  void texts(const char* name, const std::vector<const char*>& values) {
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), H5T_VARIABLE);
    array(name, type.id(), {values.size()}, values);
  }
  /// Pixels of 2 x 2 and labels.
  void digits(const std::string& name, const std::vector<float>& pixels, const std::vector<std::int32_t>& labels) {
    client(name);
    array("pixels", H5T_NATIVE_FLOAT, {labels.size(), 2, 2}, pixels);
    array("label", H5T_NATIVE_INT32, {labels.size()}, labels);
  }
  void soft_link() { H5Lcreate_soft("/examples/a", examples_.id(), "z", H5P_DEFAULT, H5P_DEFAULT); }

 private:
  Hdf5Handle file_, examples_, client_;
};

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

TEST_CASE("a TFF file that is cut is refused") {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/a.h5";
  { TffWriter(path).digits("a", {0, 0, 0, 1}, {7}); }
  std::ifstream in(path, std::ios::binary);
  const ByteString good(std::istreambuf_iterator<char>(in), {});
  for (std::size_t size = 0; size < good.size(); size += 97) {
    INFO("cut after " << size << " of " << good.size());
    said(folder.write("cut.h5", ByteString(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))));
  }
}

}  // namespace
}  // namespace fedtide
