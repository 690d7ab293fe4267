// Texts with a class each: LEAF's Sentiment140, whose x are rows of id, date, query, user and text.

#include "sim/learn/dataset.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

const std::string kTrain = R"({"users": ["ann", "bob"], "num_samples": [2, 1], "user_data": {
  "ann": {"x": [["1", "Mon", "NO_QUERY", "ann", "Good day, good luck"], ["2", "Tue", "NO_QUERY", "ann", ""]],
          "y": [1, 0]},
  "bob": {"x": [["3", "Mon", "NO_QUERY", "bob", "a bad day for good and all"]], "y": [0]}}})";
const std::string kTest = R"({"users": ["bob"], "num_samples": [1], "user_data": {
  "bob": {"x": [["4", "Wed", "NO_QUERY", "bob", "bad UNSEEN day"]], "y": [0]}}})";

DataSource load(Settings settings) {
  const auto loader = Registry<DatasetEntry>::instance().at("leaf").read(settings);
  REQUIRE(settings.mistakes.empty());
  return loader->load(1);
}
std::vector<std::int32_t> tokens_of(const Dataset& data, std::uint32_t row) {
  Batch<float> batch;
  data.gather(std::vector<std::uint32_t>{row}, batch);
  return batch.tokens;
}
Settings tweets(const std::string& path) {
  Settings settings;
  settings.texts["path"] = path;
  settings.numbers["text_field"] = 4;
  settings.numbers["steps"] = 5;
  return settings;
}

TEST_CASE("tweets are their first words, right-aligned, with a class") {
  const TemporaryFolder folder;
  folder.write("train.json", bytes_of(kTrain));
  folder.write("test.json", bytes_of(kTest));
  const DataSource source = load(tweets(folder.path()));
  // good is there 3 times, day 2 times; then in order: "," luck a bad for and all. Token 0 is none of these.
  CHECK(source.train->shape().vocabulary == 10);
  CHECK(source.train->shape().classes == 2);
  CHECK(source.train->shape().dims == std::vector<Index>{5});
  CHECK_FALSE(source.train->shape().label_each_step);
  CHECK(tokens_of(*source.train, 0) == std::vector<std::int32_t>{1, 2, 3, 1, 4});
  CHECK(tokens_of(*source.train, 1) == std::vector<std::int32_t>(5, 0));
  CHECK(tokens_of(*source.train, 2) == std::vector<std::int32_t>{5, 6, 2, 7, 1});
  CHECK(tokens_of(*source.test, 0) == std::vector<std::int32_t>{0, 0, 6, 0, 2});
  CHECK(std::vector<std::int32_t>(source.train->labels().begin(), source.train->labels().end()) ==
        std::vector<std::int32_t>{1, 0, 0});
  CHECK(source.client_names == std::vector<std::string>{"ann", "bob"});
  CHECK(source.natural_test->size(ClientId{1}) == 1);
}

TEST_CASE("the vocabulary keeps the most frequent words of the training half") {
  const TemporaryFolder folder;
  folder.write("train.json", bytes_of(kTrain));
  Settings settings = tweets(folder.path());
  settings.numbers["vocabulary"] = 2;
  const DataSource source = load(settings);
  CHECK(source.train->shape().vocabulary == 3);
  CHECK(tokens_of(*source.train, 0) == std::vector<std::int32_t>{1, 2, 0, 1, 0});
}

TEST_CASE("whole texts with numbers as labels have classes too") {
  const TemporaryFolder folder;
  folder.write("train.json", bytes_of(R"({"users": ["u"], "num_samples": [2],
      "user_data": {"u": {"x": ["one two", "two"], "y": [2, 0]}}})"));
  Settings settings;
  settings.texts["path"] = folder.path();
  settings.numbers["steps"] = 2;
  const DataSource source = load(settings);
  CHECK(source.train->shape().classes == 3);
  CHECK(tokens_of(*source.train, 0) == std::vector<std::int32_t>{2, 1});
  CHECK(tokens_of(*source.train, 1) == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("a batch of labeled texts keeps each sample's tokens and class") {
  const TemporaryFolder folder;
  folder.write("train.json", bytes_of(kTrain));
  const DataSource source = load(tweets(folder.path()));
  Batch<double> batch;
  source.train->gather(std::vector<std::uint32_t>{2, 0}, batch);
  CHECK(batch.count == 2);
  CHECK(batch.tokens == std::vector<std::int32_t>{5, 6, 2, 7, 1, 1, 2, 3, 1, 4});
  CHECK(batch.labels == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("damaged tweets are refused, or read") {
  const TemporaryFolder folder;
  const auto read = [&](const ByteString& bytes) {
    folder.write("train.json", bytes);
    load(tweets(folder.path()));
  };
  check_cuts(bytes_of(kTrain), read);
  int refused = 0;
  for (std::size_t i = 0; i < kTrain.size(); ++i) {
    ByteString bad = bytes_of(kTrain);
    bad[i] = static_cast<std::uint8_t>(bad[i] ^ (i % 2 == 0 ? 0x01 : 0x80));
    const Said said = said_by([&] { read(bad); });
    if (said.code == ExitCode::done) continue;
    ++refused;
    if (said.code != ExitCode::data_damaged) FAIL_CHECK("byte " << i << ": " << said);
  }
  CHECK(refused > 100);
}

}  // namespace
}  // namespace fedtide
