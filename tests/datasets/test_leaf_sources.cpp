#include <filesystem>

#include "sim/learn/dataset.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

std::unique_ptr<DataLoader> loader(const std::string& name, Settings& settings) {
  return Registry<DatasetEntry>::instance().at(name).read(settings);
}
DataSource load(const std::string& name, Settings settings) {
  const auto made = loader(name, settings);
  REQUIRE(settings.mistakes.empty());
  CHECK(made->has_clients());
  CHECK_FALSE(made->clients());
  return made->load(1);
}
std::vector<std::int32_t> labels_of(const Dataset& data, std::span<const std::uint32_t> rows) {
  std::vector<std::int32_t> labels;
  for (const std::uint32_t row : rows) labels.push_back(data.labels()[row]);
  return labels;
}
int different(const Dataset& data) {
  std::vector<bool> seen(static_cast<std::size_t>(data.shape().classes), false);
  for (const std::int32_t label : data.labels()) seen[static_cast<std::size_t>(label)] = true;
  return static_cast<int>(std::count(seen.begin(), seen.end(), true));
}

TEST_CASE("FEMNIST's sample has its 5 writers, 78 and 89 samples and classes, as bytes") {
  const auto folder = shared_data("leaf-femnist");
  if (!folder) return;
  Settings settings;
  settings.texts["path"] = *folder;
  const DataSource source = load("femnist", settings);
  CHECK(source.client_names == std::vector<std::string>{"f3797_07", "f3793_06", "f3728_28", "f3687_48", "f3785_26"});
  CHECK(source.train->size() == 78);
  CHECK(source.test->size() == 89);
  CHECK(different(*source.train) == 25);
  CHECK(different(*source.test) == 29);
  std::vector<std::uint64_t> train, test;
  for (std::uint32_t i = 0; i < 5; ++i) {
    train.push_back(source.natural_clients->size(ClientId{i}));
    test.push_back(source.natural_test->size(ClientId{i}));
  }
  CHECK(train == std::vector<std::uint64_t>{11, 16, 17, 18, 16});
  CHECK(test == std::vector<std::uint64_t>{19, 17, 19, 18, 16});
  // The last user's labels stand at the end of the files.
  CHECK(labels_of(*source.train, source.natural_clients->of(ClientId{4})) ==
        std::vector<std::int32_t>{18, 23, 26, 51, 43, 3, 1, 9, 5, 0, 8, 3, 4, 1, 8, 0});
  CHECK(labels_of(*source.test, source.natural_test->of(ClientId{4})) ==
        std::vector<std::int32_t>{8, 7, 1, 4, 6, 2, 5, 9, 9, 2, 5, 7, 4, 0, 3, 6});
  CHECK(source.train->memory().count == 78 * (784 + 4));  // bytes, not floats
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.dense(0, 0) == 1.0f);  // white paper
  settings.flags["invert"] = true;
  const DataSource inverted = load("femnist", settings);
  Batch<float> ink;
  inverted.train->gather(std::vector<std::uint32_t>{0}, ink);
  CHECK(ink.dense(0, 0) == 0.0f);
  CHECK((batch.dense.col(0) + ink.dense.col(0)).isOnes(1e-6f));
}

TEST_CASE("clients of LEAF may be filtered by their samples") {
  const auto folder = shared_data("leaf-femnist");
  if (!folder) return;
  Settings settings;
  settings.texts["path"] = *folder;
  settings.numbers["min_samples"] = 17;
  const DataSource source = load("femnist", settings);
  CHECK(source.client_names == std::vector<std::string>{"f3728_28", "f3687_48"});
  CHECK(source.train->size() == 35);
  CHECK(source.test->size() == 37);
}

TEST_CASE("synthetic(1, 1) of FedML has its 30 users, 20,101 and 2,248 samples of 60 features") {
  const auto folder = shared_data("leaf-synthetic");
  if (!folder) return;
  Settings settings;
  settings.texts["train_path"] = *folder + "/fedml_synthetic_1_1_mytrain.reconstructed.json.gz";
  settings.texts["test_path"] = *folder + "/fedml_synthetic_1_1_mytest.json.gz";
  const DataSource source = load("leaf", settings);
  CHECK(source.natural_clients->population() == 30);
  CHECK(source.train->size() == 20101);
  CHECK(source.test->size() == 2248);
  CHECK(source.train->shape().dims == std::vector<Index>{60});
  CHECK(source.train->shape().classes == 10);
  CHECK(source.natural_clients->size(ClientId{0}) == 1718);
  CHECK(source.natural_clients->size(ClientId{24}) == 4645);
  CHECK(source.natural_test->size(ClientId{24}) == 517);
  Batch<double> batch;
  source.test->gather(source.natural_test->of(ClientId{0}).first(1), batch);
  CHECK(batch.dense(0, 0) == static_cast<double>(static_cast<float>(-1.6659530778493696)));
}

TEST_CASE("FedProx's test halves have their sizes") {
  const auto folder = shared_data("leaf-synthetic");
  if (!folder) return;
  const std::vector<std::pair<std::string, std::uint32_t>> halves{{"0_0", 897}, {"0.5_0.5", 912}, {"1_1", 1084}};
  for (const auto& [name, samples] : halves) {
    Settings settings;
    settings.texts["train_path"] = *folder + "/fedprox_synthetic_" + name + "_mytest.json.gz";
    const DataSource source = load("leaf", settings);
    CHECK(source.train->size() == samples);
    CHECK_FALSE(source.test);
    CHECK(source.natural_clients->population() == 30);
  }
}

TEST_CASE("LEAF's text layout becomes sequences with the next character, in little memory") {
  const auto folder = shared_data("leaf-shakespeare");
  if (!folder) return;
  Settings settings;
  settings.texts["train_path"] = *folder + "/tinyshakespeare_leaf.derived.json.gz";
  const DataSource source = load("leaf", settings);
  CHECK(source.natural_clients->population() == 12);
  CHECK(source.train->size() == 4800);
  for (std::uint32_t i = 0; i < 12; ++i) CHECK(source.natural_clients->size(ClientId{i}) == 400);
  CHECK(source.train->shape().dims == std::vector<Index>{80});
  CHECK_FALSE(source.train->shape().label_each_step);
  // Windows one character apart share their text: 12 x (400 + 80) characters in place of 4,800 x 81.
  CHECK(source.train->memory().count < 12 * 480 + 4800 * 21);
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0, 1}, batch);
  // The second window is the first one moved by one, so the first one's label is its last character.
  CHECK(batch.labels[0] == batch.tokens[159]);
  CHECK(std::equal(batch.tokens.begin() + 1, batch.tokens.begin() + 80, batch.tokens.begin() + 80));
}

ByteString user(const std::string& name, const std::string& x, const std::string& y, int n) {
  return bytes_of(fmt::format(R"({{"users":["{0}"],"num_samples":[{3}],"user_data":{{"{0}":{{"x":{1},"y":{2}}}}}}})",
                              name, x, y, n));
}

TEST_CASE("a folder's files are read in the order of their names and joined; halves may have other users") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/train");
  folder.write("train/b.json.gz", gzipped(user("u1", "[[1,2],[3,4]]", "[0,1]", 2)));
  folder.write("train/a.json", user("u2", "[[5,6]]", "[3]", 1));
  folder.write("train/notes.txt", bytes_of("no data"));
  folder.write("test.json", user("u3", "[[7,8]]", "[4]", 1));
  Settings settings;
  settings.texts["path"] = folder.path();
  const DataSource disjoint = load("leaf", settings);
  CHECK(disjoint.client_names == std::vector<std::string>{"u2", "u1"});
  CHECK(disjoint.train->labels()[0] == 3);
  CHECK(disjoint.train->shape().classes == 5);
  CHECK(disjoint.test->size() == 1);
  CHECK_FALSE(disjoint.natural_test);
  folder.write("test.json", user("u1", "[[7,8]]", "[4]", 1));
  const DataSource same = load("leaf", settings);
  REQUIRE(same.natural_test);
  CHECK(same.natural_test->begin == std::vector<std::uint64_t>{0, 0, 1});
}

TEST_CASE("the data set leaf says what is wrong") {
  using Catch::Matchers::EndsWith;
  const TemporaryFolder folder;
  Settings settings;
  const auto message = [&](ExitCode code) {
    const Said said = said_by([&] { loader("leaf", settings)->load(1); });
    CHECK(said.code == code);
    return said.message;
  };
  settings.texts["path"] = folder.path() + "/none";
  CHECK_THAT(message(ExitCode::no_input), EndsWith("none: there is no such folder"));
  settings.texts["path"] = folder.path();
  CHECK_THAT(message(ExitCode::no_input),
             EndsWith("has neither a folder train nor a file train.json or train.h5 or train.hdf5, plain or .gz"));
  std::filesystem::create_directories(folder.path() + "/train");
  CHECK_THAT(message(ExitCode::no_input), EndsWith("has no files that end in .json or .h5 or .hdf5, plain or .gz"));
  folder.write("train/1.json", user("u", "[[1]]", "[1.5]", 1));
  CHECK_THAT(message(ExitCode::data_damaged),
             EndsWith("the user \"u\" has the label 1.5, must be a whole number from 0 to 1048575"));
  settings.numbers["classes"] = 3;
  folder.write("train/1.json", user("u", "[[1]]", "[3]", 1));
  CHECK_THAT(message(ExitCode::data_damaged), EndsWith("has the label 3, must be a whole number from 0 to 2"));
  folder.write("train/1.json", user("u", "[[1]]", R"(["b"])", 1));
  CHECK(message(ExitCode::done).empty());
  settings.numbers.clear();
  settings.lists["dims"] = {1, 2, 2};
  CHECK_THAT(message(ExitCode::data_damaged), EndsWith("a sample has 1 numbers, must have 1 x 2 x 2 = 4"));
  settings.lists.clear();
  folder.write("train/1.json", user("u", "[]", "[]", 0));
  CHECK_THAT(message(ExitCode::data_damaged), EndsWith("there are no samples for training"));
  folder.write("train/1.json", user("u", R"(["ab","abc"])", R"(["c","d"])", 2));
  CHECK_THAT(message(ExitCode::data_damaged),
             EndsWith("found \"abc\" of 3 characters as x, must be 2 like the first, from 1 to 65536"));
  folder.write("train/1.json", user("u", R"(["ab"])", R"(["cd"])", 1));
  CHECK_THAT(message(ExitCode::data_damaged), EndsWith("found \"cd\" as y, must be one character, the one after x"));
  folder.write("train/1.json", user("u", R"([["a","b"]])", "[1]", 1));
  CHECK_THAT(message(ExitCode::usage),
             EndsWith("each x has 2 texts; data.text_field must say which of them to read, from 0 to 1"));
  settings.numbers["text_field"] = 2;
  CHECK_THAT(message(ExitCode::usage), EndsWith("data.text_field: 2, but each x has 2 texts; must be from 0 to 1"));
  folder.write("train/1.json", user("u", R"(["a"])", "[1]", 1));
  CHECK_THAT(message(ExitCode::usage), EndsWith("data.text_field: each x is one text; leave the key out"));
  folder.write("train/1.json", user("u", "[[1]]", "[1]", 1));
  CHECK_THAT(message(ExitCode::usage), EndsWith("data.text_field: the x are numbers, not texts"));
  settings.numbers.clear();
  folder.write("train/1.json", user("u", "[[1]]", "[1]", 1));
  folder.write("test.json", user("u", "[[1,2]]", "[1]", 1));
  CHECK_THAT(
      message(ExitCode::data_damaged),
      EndsWith(
          "the samples for testing are not like those for training: 2 and 1 values each, or x or y of another type"));
}

TEST_CASE("path and train_path exclude each other") {
  Settings none;
  loader("leaf", none);
  CHECK(none.mistakes == std::vector<std::string>{"path: give either path or train_path (and test_path)"});
  Settings both;
  both.texts = {{"path", "a"}, {"train_path", "b"}};
  loader("leaf", both);
  CHECK(both.mistakes == std::vector<std::string>{"train_path: give either path or train_path (and test_path)"});
  Settings odd;
  odd.texts = {{"path", "a"}, {"test_path", "b"}};
  loader("leaf", odd);
  CHECK(odd.mistakes == std::vector<std::string>{"test_path: goes with train_path; path has both halves"});
}

TEST_CASE("characters are code points, not bytes") {
  const TemporaryFolder folder;
  Settings settings;
  settings.texts["train_path"] = folder.write("t.json", user("u", R"(["\u00e9a","ab"])", R"(["b","\ud83d\ude00"])", 2));
  const DataSource source = load("leaf", settings);
  CHECK(source.train->shape().vocabulary == 4);  // a b e-acute grin
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0, 1}, batch);
  CHECK(batch.tokens == std::vector<std::int32_t>{2, 0, 0, 1});
  CHECK(batch.labels == std::vector<std::int32_t>{1, 3});
}

}  // namespace
}  // namespace fedtide
