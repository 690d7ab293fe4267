// Data from the config to the clients: handed out, split, changed, kept unseen, exported and read again.

#include "sim/experiment/data.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include <unistd.h>

#include "sim/experiment/partition_report.h"
#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const char* kSmall = R"(
name: small
seed: 5
data: {dataset: blobs, samples: 1000, test_samples: 200, features: 8, classes: 5, clients: 20, partition: {scheme: dirichlet, alpha: 0.5}}
model: {name: softmax}
training: {epochs: 1, batch_size: 10, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: synchronous, cohort: 5}
evaluate: {every: 2}
stop: {rounds: 4}
)";

ClientsData load(const std::vector<std::string>& overrides) {
  const ExperimentConfig config = read_text_experiment(kSmall, overrides);
  return load_clients(config);
}

std::vector<std::uint32_t> sorted(std::span<const std::uint32_t> rows) {
  std::vector<std::uint32_t> all(rows.begin(), rows.end());
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::uint32_t> both(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::vector<std::uint32_t> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  return sorted(all);
}

std::vector<std::uint32_t> everything(std::uint32_t n) {
  std::vector<std::uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

/// A file that vanishes with the test.
class Scratch {
 public:
  Scratch() : path_(std::filesystem::temp_directory_path() / fmt::format("fedtide-data-{}.csv", ::getpid())) {}
  ~Scratch() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }
  std::string text() const {
    std::stringstream all;
    all << std::ifstream(path_).rdbuf();
    return all.str();
  }

 private:
  std::filesystem::path path_;
};

std::string failure_of(const std::vector<std::string>& overrides) {
  try {
    play_text(kSmall, overrides);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the data set is handed out first and split then: a client's samples stay its own") {
  const ClientsData whole = load({});
  const ClientsData split = load({"data.split={test: 0.2, validation: 0.1}"});
  CHECK(whole.held_out.dataset == nullptr);
  CHECK(sorted(whole.train.source_rows) == everything(1000));
  const ExperimentConfig config =
      read_text_experiment(kSmall, {"data.split={test: 0.2, validation: 0.1}", "evaluate.held_out=validation"});
  const ClientsData validation = load_clients(config);
  for (std::uint32_t i = 0; i < 20; ++i) {
    const ClientId client{i};
    CHECK(both(both(split.train.shards.of(client), split.held_out.shards.of(client)),
               validation.held_out.shards.of(client)) == sorted(whole.train.shards.of(client)));
  }
  CHECK(split.train.shards.rows == validation.train.shards.rows);
  CHECK(split.held_out.shards.rows != validation.held_out.shards.rows);
}

TEST_CASE("unseen clients and those that take part are all clients, and only the latter train") {
  const ClientsData whole = load({});
  for (const std::string unseen : {"0.25", "5"}) {
    const ClientsData data = load({"data.unseen_clients=" + unseen});
    REQUIRE(data.unseen_clients.size() == 5);
    CHECK(data.train.shards.population() == 15);
    CHECK(both(data.train.source_rows, data.unseen.source_rows) == everything(1000));
    for (std::uint32_t i = 0; i < 5; ++i) {
      const auto mine = data.unseen.shards.of(ClientId{i});
      const auto theirs = whole.train.shards.of(ClientId{data.unseen_clients[i]});
      CHECK(std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end()));
    }
  }
  // Which ones depends on the seed.
  CHECK(load({"data.unseen_clients=5"}).unseen_clients != load({"data.unseen_clients=5", "seed=6"}).unseen_clients);
}

TEST_CASE(
    "the model is evaluated on unseen clients: with the training data's optimum they are as easy as the test set") {
  const Played played =
      play_text(kSmall, {"data.unseen_clients=0.2", "stop.rounds=20", "data.partition={scheme: iid}"});
  const EvaluationRecord& first = played.memory.evaluations.front();
  const EvaluationRecord& last = played.memory.evaluations.back();
  REQUIRE(last.metrics.size() == 2);  // accuracy and loss
  CHECK(first.metrics[0] < last.metrics[0]);
  CHECK(first.metrics[1] > last.metrics[1]);
  // 200 samples each: a standard error of at most 0.035, of the difference 0.05.
  CHECK(std::abs(last.metrics[0] - last.test_accuracy) < 3 * 0.05);
  for (const ClientTrace& turn : played.memory.turns) CHECK(raw(turn.client) < 16);
  // Nobody else learns anything of it.
  CHECK(play_text(kSmall).memory.evaluations.back().metrics.empty());
}

TEST_CASE("shifts change what clients hold, train, validation, test and unseen alike, and not the global test set") {
  const std::vector<std::string> overrides{
      "data.split.test=0.2", "data.unseen_clients=2",
      "data.shift=[{kind: feature_noise, variance: 1}, {kind: label_noise, rate: 0.5}]"};
  const ClientsData plain = load({"data.split.test=0.2", "data.unseen_clients=2"});
  const ClientsData data = load(overrides);
  const auto differs = [](const HeldData& shifted, const HeldData& base) {
    CHECK(std::equal(shifted.source_rows.begin(), shifted.source_rows.end(), base.source_rows.begin(),
                     base.source_rows.end()));
    Batch<float> a;
    Batch<float> b;
    shifted.dataset->gather(std::span(shifted.shards.rows).first(30), a);
    base.dataset->gather(std::span(base.shards.rows).first(30), b);
    CHECK((a.dense.leftCols(30) - b.dense.leftCols(30)).squaredNorm() > 1);
    CHECK(a.labels != b.labels);
  };
  differs(data.train, plain.train);
  differs(data.held_out, plain.held_out);
  differs(data.unseen, plain.unseen);
  CHECK(data.test->memory().count == plain.test->memory().count);
  CHECK(data.labels->counts != plain.labels->counts);
}

TEST_CASE("shifted data are the same bits with one thread and with four") {
  const std::vector<std::string> shift{
      "data.shift=[{kind: feature_noise}, {kind: feature_shift}, {kind: label_permutation}]", "data.split.test=0.2",
      "evaluate.per_client=5"};
  std::vector<std::string> one = shift;
  one.push_back("execution.threads=1");
  std::vector<std::string> four = shift;
  four.push_back("execution.threads=4");
  const std::string bits = play_text(kSmall, one).bits();
  CHECK(bits == play_text(kSmall, four).bits());
  CHECK(bits != play_text(kSmall, {"data.split.test=0.2", "evaluate.per_client=5"}).bits());
}

TEST_CASE("an exported partition reproduces the run bit for bit") {
  const Scratch scratch;
  const std::vector<std::string> split{"data.split.test=0.2", "evaluate.per_client=5", "data.unseen_clients=3"};
  const ExperimentConfig config = read_text_experiment(kSmall, split);
  export_partition(config, scratch.path());
  CHECK(scratch.text().starts_with("client,index\n0,"));
  std::vector<std::string> again = split;
  again.push_back("data.partition={scheme: from_file, path: " + scratch.path() + "}");
  CHECK(play_text(kSmall, again).bits() == play_text(kSmall, split).bits());
  again.push_back("data.clients=21");
  CHECK(failure_of(again) ==
        "data.clients: found 21, and the partition from_file has 20 clients; write that or nothing");
}

TEST_CASE("the counts of labels are written as a table") {
  const Scratch scratch;
  const PartitionReport report = report_partition(read_text_experiment(kSmall));
  write_label_counts(report, scratch.path());
  std::istringstream lines(scratch.text());
  std::string line;
  std::getline(lines, line);
  CHECK(line == "client,label_0,label_1,label_2,label_3,label_4");
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < 20; ++i) {
    REQUIRE(std::getline(lines, line));
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, ',');
    CHECK(cell == std::to_string(i));
    while (std::getline(cells, cell, ',')) sum += std::stoull(cell);
  }
  CHECK(sum == 1000);
}

TEST_CASE("a report's JSON is what its numbers are") {
  const PartitionReport report =
      report_partition(read_text_experiment(kSmall, {"data.unseen_clients=2", "data.split.test=0.1"}));
  const auto json = nlohmann::json::parse(partition_json(report));
  CHECK(json["clients"] == 18);
  CHECK(json["unseen_clients"] == 2);
  CHECK(json["label_count"].size() == 18);
  std::uint64_t samples = 0;
  for (const auto& row : json["label_count"])
    samples += row.get<std::vector<std::uint64_t>>().at(0) + row[1].get<std::uint64_t>() + row[2].get<std::uint64_t>() +
               row[3].get<std::uint64_t>() + row[4].get<std::uint64_t>();
  CHECK(samples == json["train_samples"].get<std::uint64_t>());
  CHECK(samples + json["held_out_samples"].get<std::uint64_t>() + json["unseen_samples"].get<std::uint64_t>() == 1000);
  CHECK(json["size"]["max"] == *std::max_element(report.sizes.begin(), report.sizes.end()));
  CHECK(json["emd"]["median"].get<double>() > 0.1);
  const std::string page = partition_page(report);
  CHECK(page.find("labels of the first") == std::string::npos);
  CHECK(page.find("labels of all 18 clients") != std::string::npos);
}

TEST_CASE("quantiles of a spread: by interpolation") {
  // 0, 1, .., 10: the q-th quantile is 10 q.
  std::vector<double> values(11);
  std::iota(values.begin(), values.end(), 0.0);
  std::reverse(values.begin(), values.end());
  const Spread spread = spread_of(values);
  CHECK(spread.values == std::array<double, 5>{0, 1, 5, 9, 10});
  CHECK(spread.mean == 5);
  CHECK(spread_of({1, 2}).values[2] == 1.5);
}

TEST_CASE("data: every mistake of the config has its message") {
  CHECK_THAT(failure_of({"data.unseen_clients=20"}),
             Catch::Contains("data.unseen_clients: 20 of 20 clients leave none to train, must be fewer"));
  CHECK_THAT(failure_of({"data.unseen_clients=1.5"}),
             Catch::Contains("must be a share below 1 or a whole number, got 1.5"));
  CHECK_THAT(failure_of({"data.split={test: 0.5, validation: 0.5}"}),
             Catch::Contains("test and validation are 1 together, must be less than 1"));
  CHECK_THAT(failure_of({"data.shift=[{kind: vertical, parts: 9}]"}),
             Catch::Contains("vertical has 9 parts, the data set has 8 features"));
  CHECK_THAT(failure_of({"evaluate={per_client: 3, held_out: validation}", "data.split.test=0.2"}),
             Catch::Contains("set data.split.validation to the share"));
  CHECK_THAT(failure_of({"data={dataset: sizes, split: {test: 0.1}}", "timing=only"}),
             Catch::Contains("the data set sizes has no samples to split, to keep unseen or to change"));
}
