#include "datasets/text/corpus.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

std::unique_ptr<DataLoader> loader(Settings& settings) {
  return Registry<DatasetEntry>::instance().at("text").read(settings);
}
Batch<float> all_of(const Dataset& data) {
  std::vector<std::uint32_t> rows(data.size());
  for (std::uint32_t i = 0; i < data.size(); ++i) rows[i] = i;
  Batch<float> batch;
  data.gather(rows, batch);
  return batch;
}

TEST_CASE("a text of characters is cut into windows, the last part is for testing") {
  const TemporaryFolder folder;
  Settings settings;
  settings.texts["path"] = folder.write("t.txt.gz", gzipped(bytes_of("abcabcabca")));
  settings.numbers = {{"steps", 3}, {"test_fraction", 0.3}};
  const auto made = loader(settings);
  CHECK(settings.mistakes.empty());
  CHECK_FALSE(made->has_clients());
  CHECK(made->shape()->vocabulary == 3);
  const DataSource source = made->load(1);
  CHECK_FALSE(source.natural_clients);
  CHECK_FALSE(source.natural_test);
  // Training on "abcabca", testing on "bca".
  CHECK(all_of(*source.train).tokens == std::vector<std::int32_t>{0, 1, 2, 0, 1, 2});
  CHECK(all_of(*source.train).labels == std::vector<std::int32_t>{1, 2, 0, 1, 2, 0});
  CHECK(all_of(*source.test).tokens == std::vector<std::int32_t>{1, 2, 0});
  CHECK(all_of(*source.test).labels == std::vector<std::int32_t>{2, 0, -1});
  CHECK(source.provenance.find("7 characters for training and 3 for testing, 3 different") != std::string::npos);
}

TEST_CASE("words are runs of letters in small letters, other characters stand alone; rare ones are unknown") {
  const TemporaryFolder folder;
  Settings settings;
  // Training: the cat ' s the dog , the end .  The words: "The", "cat's", "the", "dog", ",", "THE", "end", ".".
  settings.texts["path"] = folder.write("t.txt", bytes_of("The cat's the dog,\nTHE end. the\tbird the."));
  settings.words["level"] = "word";
  settings.numbers = {{"steps", 20}, {"test_fraction", 0.34}, {"vocabulary", 2}};
  const auto made = loader(settings);
  const DataSource source = made->load(1);
  // Twelve words, four of them for testing. the: three times in training; then cat's, the first of those that come
  // once.
  CHECK(made->shape()->vocabulary == 3);
  const Batch<float> train = all_of(*source.train);
  CHECK(std::vector<std::int32_t>(train.tokens.begin(), train.tokens.begin() + 7) ==
        std::vector<std::int32_t>{1, 2, 1, 0, 0, 1, 0});
  CHECK(train.labels[6] == 0);  // the full stop
  const Batch<float> test = all_of(*source.test);
  CHECK(std::vector<std::int32_t>(test.tokens.begin(), test.tokens.begin() + 3) == std::vector<std::int32_t>{1, 0, 1});
  CHECK(test.labels[2] == 0);
}

TEST_CASE("contiguous parts and speakers are clients") {
  const TemporaryFolder folder;
  Settings settings;
  settings.texts["path"] = folder.write("t.txt", bytes_of("aaaabbbbccccdddd"));
  settings.words["clients_by"] = "parts";
  settings.numbers = {{"steps", 2}, {"test_fraction", 0}, {"parts", 4}};
  const auto parts = loader(settings);
  CHECK(parts->clients() == 4u);
  const DataSource source = parts->load(1);
  REQUIRE(source.natural_clients->population() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) CHECK(source.natural_clients->size(ClientId{i}) == 2);
  const Batch<float> batch = all_of(*source.train);
  CHECK(std::vector<std::int32_t>(batch.tokens.begin() + 4, batch.tokens.begin() + 6) ==
        std::vector<std::int32_t>{1, 1});
  CHECK(source.client_names[3] == "part 4");
  settings.numbers["client_fraction"] = 0.5;
  const auto half = loader(settings);
  CHECK(half->has_clients());
  CHECK_FALSE(half->clients());
  CHECK(half->load(1).natural_clients->population() == 2);

  settings.numbers.erase("client_fraction");
  settings.texts["path"] = folder.write("play.txt", bytes_of("A:\nab ab\n\nB:\nba\n"));
  settings.words["clients_by"] = "speakers";
  const DataSource speakers = loader(settings)->load(1);
  CHECK(speakers.client_names == std::vector<std::string>{"A", "B"});
}

TEST_CASE("a corpus of many words needs two bytes a token") {
  std::string text;
  for (int i = 0; i < 2000; ++i) text.append(fmt::format("w{} ", i % 500));
  Corpus corpus(TextLevel::word);
  corpus.add("", text, 0.1);
  const TextVocabulary vocabulary = TextVocabulary::words(corpus, 1000);
  CHECK(vocabulary.size == 501);
  const DataSource source = text_source(corpus, vocabulary, {10, 10, true});
  // 1,800 tokens of two bytes; windows begin at 0, 10, ... and the last one ends one token before the text does.
  CHECK(source.train->size() == 180);
  CHECK(source.train->memory().count == 1800 * 2 + 180 * static_cast<std::int64_t>(sizeof(Window) + 4));
}

TEST_CASE("a text without a sample says so") {
  using Catch::Matchers::EndsWith;
  const TemporaryFolder folder;
  Settings settings;
  settings.numbers = {{"steps", 5}, {"test_fraction", 0}};
  const auto said = [&](ExitCode code) {
    const Said result = said_by([&] { loader(settings)->load(1); });
    CHECK(result.code == code);
    return result.message;
  };
  settings.texts["path"] = folder.path() + "/none.txt";
  said(ExitCode::no_input);
  settings.texts["path"] = folder.write("t.txt", {});
  CHECK_THAT(said(ExitCode::data_damaged), EndsWith("t.txt: byte 0: no text"));
  folder.write("t.txt", bytes_of("abc"));
  settings.words["label"] = "last_step";
  CHECK_THAT(said(ExitCode::data_damaged), EndsWith("t.txt: the text has not the 6 characters that a sample needs"));
  settings.words["clients_by"] = "parts";
  CHECK_THAT(said(ExitCode::data_damaged), EndsWith("t.txt: no part has the 6 characters that a sample needs"));
}

TEST_CASE("tinyshakespeare is a text of 1,115,394 characters and 65 different ones") {
  const auto folder = shared_data("tinyshakespeare");
  if (!folder) return;
  Settings settings;
  settings.texts["path"] = *folder + "/input.txt.gz";
  settings.numbers["test_fraction"] = 0;
  const auto made = loader(settings);
  CHECK(made->shape()->vocabulary == 65);
  const DataSource source = made->load(1);
  CHECK(source.provenance.find("1115394 characters for training") != std::string::npos);
  CHECK(source.train->size() == 13943);  // 1,115,393 / 80, rounded up
  settings.words["level"] = "word";
  const DataSource words = loader(settings)->load(1);
  CHECK(words.train->shape().vocabulary == 10001);
}

}  // namespace
}  // namespace fedtide
