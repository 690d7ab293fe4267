#include "datasets/sequence_dataset.h"

#include "datasets/formats/script.h"
#include "datasets/synthetic/markov.h"
#include "sim/learn/solver.h"
#include "sim/model/presets/sequence_models.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

ByteString bytes(const std::string& text) { return {text.begin(), text.end()}; }

Script script_of(const std::string& text) {
  const ByteString content = bytes(text);
  return read_script(ContentReader::over("play.txt", content));
}

InputShape shape_of(Index steps, Index vocabulary, bool each_step = true) {
  InputShape shape;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {steps};
  shape.vocabulary = vocabulary;
  shape.classes = static_cast<int>(vocabulary);
  shape.label_each_step = each_step;
  return shape;
}

std::unique_ptr<DataLoader> loader(const std::string& name, Settings& settings) {
  return Registry<DatasetEntry>::instance().at(name).read(settings);
}

std::vector<std::pair<std::uint64_t, std::uint32_t>> windows(std::uint64_t begin, std::uint64_t end,
                                                             std::uint32_t steps, std::uint32_t stride, bool whole) {
  std::vector<Window> found;
  cut_windows(begin, end, steps, stride, whole, found);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> out;
  for (const Window& w : found) out.emplace_back(w.first, w.length);
  return out;
}

constexpr const char* kPlay = "A:\nab\n\nB:\nb\nca\n\nA:\nc\n";  // A: "ab\nc\n", B: "b\nca\n"

TEST_CASE("windows end one token before the text does") {
  using Pairs = std::vector<std::pair<std::uint64_t, std::uint32_t>>;
  // Ten tokens 5 .. 14: the last label is token 14.
  CHECK(windows(5, 15, 3, 3, false) == Pairs{{5, 3}, {8, 3}, {11, 3}});
  CHECK(windows(5, 15, 4, 4, false) == Pairs{{5, 4}, {9, 4}, {13, 1}});
  CHECK(windows(5, 15, 4, 4, true) == Pairs{{5, 4}, {9, 4}});
  CHECK(windows(5, 15, 7, 1, false) == Pairs{{5, 7}, {6, 7}, {7, 7}});
  CHECK(windows(5, 15, 20, 20, false) == Pairs{{5, 9}});
  CHECK(windows(5, 7, 3, 3, false) == Pairs{{5, 1}});
  CHECK(windows(5, 6, 3, 3, false).empty());
  CHECK(windows(5, 5, 3, 3, false).empty());
  CHECK(windows(5, 8, 3, 3, true).empty());
}

TEMPLATE_TEST_CASE("a batch of windows has tokens, the next ones as labels, and no label where a window is short", "",
                   std::uint8_t, std::uint16_t) {
  const SequenceDataset<TestType> data(shape_of(3, 9), {1, 2, 3, 4, 5, 6}, {{0, 3}, {3, 2}});
  CHECK(data.size() == 2);
  CHECK(std::vector<std::int32_t>(data.labels().begin(), data.labels().end()) == std::vector<std::int32_t>{4, 6});
  CHECK(data.memory().count == static_cast<std::int64_t>(6 * sizeof(TestType) + 2 * (sizeof(Window) + 4)));
  Batch<double> batch;
  data.gather(std::vector<std::uint32_t>{1, 0}, batch);
  CHECK(batch.count == 2);
  CHECK(batch.tokens == std::vector<std::int32_t>{4, 5, 0, 1, 2, 3});
  CHECK(batch.labels == std::vector<std::int32_t>{5, 6, -1, 2, 3, 4});
  const auto* before = batch.tokens.data();
  data.gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.count == 1);
  CHECK(batch.tokens.data() == before);
  CHECK(batch.labels[2] == 4);
}

TEST_CASE("with one label a sequence, it is the token after the window") {
  const SequenceDataset<std::uint8_t> data(shape_of(2, 9, false), {1, 2, 3, 4}, {{0, 2}, {1, 2}});
  Batch<float> batch;
  data.gather(std::vector<std::uint32_t>{0, 1}, batch);
  CHECK(batch.tokens == std::vector<std::int32_t>{1, 2, 2, 3});
  CHECK(batch.labels == std::vector<std::int32_t>{3, 4});
}

TEST_CASE("sequences refuse tokens and windows that do not fit") {
  using Data = SequenceDataset<std::uint8_t>;
  CHECK_THROWS(Data(shape_of(2, 3), {1, 3, 2}, {{0, 2}}));
  CHECK_THROWS(Data(shape_of(2, 3), {1, 1, 2}, {{1, 2}}));     // its last label would be a fourth token
  CHECK_THROWS(Data(shape_of(2, 3), {1, 1, 2, 1}, {{0, 3}}));  // longer than the shape says
  CHECK_THROWS(Data(shape_of(2, 3), {1, 1, 2, 1}, {{0, 0}}));
  CHECK_THROWS(Data(shape_of(2, 3, false), {1, 1, 2}, {{0, 1}}));  // no last step
}

TEST_CASE("a script gives each speaker's speeches in order") {
  const Script script = script_of(kPlay);
  CHECK(script.speakers == std::vector<std::string>{"A", "B"});
  CHECK(script.texts == std::vector<std::string>{"ab\nc\n", "b\nca\n"});
  // CR LF, more empty lines, a speaker without words, a block that goes on with a speech, no line end at the end.
  const Script odd = script_of("A:\r\nab\r\n\r\n\r\nC:\r\n\r\nA:\r\nx:\r\n\r\ny");
  CHECK(odd.speakers == std::vector<std::string>{"A"});
  CHECK(odd.texts == std::vector<std::string>{"ab\nx:\ny\n"});
}

TEST_CASE("a text that is no script is damaged data, and the message says where and what would be right") {
  CHECK(said_by([] { script_of("\nOnce upon a time\n"); }) ==
        Said{ExitCode::data_damaged,
             "play.txt: line 2: found \"Once upon a time\", must be a speaker's name and a colon"});
  CHECK(said_by([] { script_of("A:\n\nB:\n"); }) ==
        Said{ExitCode::data_damaged,
             "play.txt: nobody says anything; must hold speeches, each after a line with its "
             "speaker's name and a colon"});
}

TEST_CASE("shakespeare makes a client of each speaker") {
  const TemporaryFolder folder;
  folder.write("play.txt.gz", gzipped(bytes(kPlay)));
  Settings settings;
  settings.texts["path"] = "play.txt.gz";
  settings.config_folder = folder.path();
  settings.numbers["steps"] = 2;
  settings.numbers["test_fraction"] = 0.4;  // 2 of 5 characters each
  const auto source_loader = loader("shakespeare", settings);
  CHECK(source_loader->clients() == 2u);
  const DataSource source = source_loader->load(1);
  // Characters \n, a, b, c are tokens 0 .. 3. A trains on "ab\n" and is tested on "c\n"; B on "b\nc" and "a\n".
  REQUIRE(source_loader->shape().has_value());
  CHECK(source_loader->shape()->vocabulary == 4);
  CHECK(source_loader->shape()->label_each_step);
  REQUIRE(source.train->size() == 2);
  Batch<float> batch;
  source.train->gather(std::vector<std::uint32_t>{0, 1}, batch);
  CHECK(batch.tokens == std::vector<std::int32_t>{1, 2, 2, 0});
  CHECK(batch.labels == std::vector<std::int32_t>{2, 0, 0, 3});
  REQUIRE(source.test->size() == 2);
  source.test->gather(std::vector<std::uint32_t>{0, 1}, batch);
  CHECK(batch.tokens == std::vector<std::int32_t>{3, 0, 1, 0});
  CHECK(batch.labels == std::vector<std::int32_t>{0, -1, 0, -1});
  CHECK(source.natural_clients->rows == std::vector<std::uint32_t>{0, 1});
  CHECK(source.natural_test->begin == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(source.provenance.find("2 speakers, 6 characters for training and 4 for testing, 4 different") !=
        std::string::npos);
}

TEST_CASE("shakespeare says what is missing") {
  const TemporaryFolder folder;
  Settings settings;
  settings.texts["path"] = folder.path() + "/none.txt";
  CHECK(said_by([&] { loader("shakespeare", settings)->clients(); }).code == ExitCode::no_input);
  settings.texts["path"] = folder.write("play.txt", bytes("A:\na\n"));
  settings.numbers["test_fraction"] = 0.5;
  CHECK(said_by([&] { loader("shakespeare", settings)->clients(); }) ==
        Said{ExitCode::data_damaged, settings.texts["path"] + ": no speaker has the 2 characters that a sample needs"});
}

TEST_CASE("tinyshakespeare has its 299 speakers and 65 characters") {
  const std::optional<std::string> folder = shared_data("tinyshakespeare");
  if (!folder) return;
  Settings settings;
  settings.texts["path"] = *folder + "/input.txt.gz";
  const auto source_loader = loader("shakespeare", settings);
  CHECK(source_loader->clients() == 299u);
  CHECK(source_loader->shape()->vocabulary == 65);
  const DataSource source = source_loader->load(1);
  CHECK(source.natural_clients->population() == 299);
  CHECK(source.natural_clients->rows.size() == source.train->size());
  CHECK(source.natural_test->rows.size() == source.test->size());
  CHECK(source.train->memory().count < 2'000'000);
}

TEST_CASE("the entropy rate of a chain of two tokens by hand") {
  // From a to b with probability 1/4, back with 1/2: pi = (2/3, 1/3). H = 2/3 H(1/4) + 1/3 ln 2.
  Matrix<double> p(2, 2);
  p << 0.75, 0.25, 0.5, 0.5;
  const Vector<double> pi = stationary(p);
  CHECK(pi[0] == Approx(2.0 / 3).epsilon(1e-12));
  const double quarter = 0.25 * std::log(4.0) + 0.75 * std::log(4.0 / 3);
  CHECK(entropy_rate(p) == Approx(2.0 / 3 * quarter + std::log(2.0) / 3).epsilon(1e-12));
  p << 0, 1, 1, 0;  // of period two
  CHECK(stationary(p)[0] == Approx(0.5));
  CHECK(entropy_rate(p) == 0);
}

TEST_CASE("markov_text follows its chains") {
  MarkovOptions o;
  o.clients = 2;
  o.samples = 4000;
  o.alphabet = 4;
  o.skew = 0.5;
  o.concentration = 1;
  const DataSource source = generate_markov(o, 3);
  REQUIRE(source.train->size() == 8000);
  CHECK(source.natural_clients->size(ClientId{1}) == 4000);
  for (std::uint32_t client = 0; client < 2; ++client) {
    const Matrix<double> p = markov_transitions(o, 3, client);
    Batch<float> batch;
    source.train->gather(source.natural_clients->of(ClientId{client}), batch);
    Matrix<double> counts = Matrix<double>::Zero(4, 4);
    for (std::size_t i = 0; i < 4000 * 20; ++i) counts(batch.tokens[i], batch.labels[i]) += 1;
    for (Index a = 0; a < 4; ++a) {
      const double n = counts.row(a).sum();
      for (Index b = 0; b < 4; ++b) {
        CAPTURE(client, a, b, n);
        CHECK(std::abs(counts(a, b) / n - p(a, b)) <= 4.5 * std::sqrt(p(a, b) * (1 - p(a, b)) / n));
      }
      CHECK(n / 80000 == Approx(stationary(p)[a]).margin(0.02));
    }
    CHECK(p.rowwise().sum().isOnes(1e-12));
  }
  CHECK_FALSE(markov_transitions(o, 3, 0).isApprox(markov_transitions(o, 3, 1)));
  o.skew = 0;
  CHECK(markov_transitions(o, 3, 0) == markov_transitions(o, 3, 1));
}

TEST_CASE("an LSTM learns a Markov chain almost to its entropy rate, and not below") {
  MarkovOptions o;
  o.clients = 1;
  o.samples = 1000;
  o.test_samples = 500;
  o.alphabet = 5;
  const DataSource source = generate_markov(o, 7);
  const double rate = entropy_rate(markov_transitions(o, 7, 0));
  const SequenceModelFactory factory(EmbeddingSpec{8, 1, {}}, {std::make_shared<LstmFactory>(LstmSpec{16})});
  const auto model = factory.make_float(source.train->shape());
  Vector<float> w = model->initial_weights(Stream(1, Purpose::model_init));
  SolverMemory<float> memory;
  SolverSpec solver;
  solver.epochs = 4;
  solver.batch_size = 10;
  solver.lr = 2;
  local_sgd(*model, {source.train.get(), source.natural_clients->rows}, solver, 0, Stream(1, Purpose::batches), w,
            memory);
  const Score score = evaluate_rows(*model, *source.test, source.natural_test->rows, w, memory);
  CHECK(score.count == 10'000);
  CAPTURE(rate, score.loss());
  CHECK(rate < 0.9 * std::log(5.0));  // there is something to learn
  // The loss of the true chain on 10,000 tokens has a standard error of about 1 / sqrt(10,000) nats at most.
  CHECK(score.loss() > rate - 0.04);
  CHECK(score.loss() < rate + 0.06);
}

TEST_CASE("markov_text from a config gives what it says") {
  Settings settings;
  settings.numbers = {{"clients", 3}, {"samples", 5}, {"test_samples", 0}, {"steps", 4}, {"alphabet", 6}};
  const auto source_loader = loader("markov_text", settings);
  CHECK(source_loader->clients() == 3u);
  CHECK(source_loader->shape()->vocabulary == 6);
  const DataSource source = source_loader->load(1);
  CHECK(source.train->size() == 15);
  CHECK_FALSE(source.test);
  CHECK(source.provenance.find("entropy rate") != std::string::npos);
}

}  // namespace
}  // namespace fedtide
