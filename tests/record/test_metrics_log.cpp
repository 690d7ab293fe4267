#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/record/metrics_log.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

RoundRecord some_round() {
  RoundRecord round;
  round.round = 7;
  round.committed = Time{12'345'678'901};
  round.dispatched = 10;
  round.outcomes = {4, 1, 2, 1, 1, 1};
  round.wasted = {100, 20, 0.1 + 0.2, {}};
  round.train_loss = 1.0 / 3.0;
  round.total_bytes_down = std::int64_t{1} << 60;
  round.total_bytes_up = 5;
  return round;
}

}  // namespace

TEST_CASE("a line of metrics.jsonl has every figure under its name, what is missing as null") {
  const auto line = nlohmann::json::parse(metrics_line(some_round(), std::nullopt));
  REQUIRE(line["round"] == 7);
  REQUIRE(line["time_s"] == 12.345678901);
  REQUIRE(line["test_accuracy"].is_null());
  REQUIRE(line["test_loss"].is_null());
  REQUIRE(line["train_accuracy"].is_null());
  REQUIRE(line["bytes_down"] == std::int64_t{1} << 60);
  REQUIRE(line["bytes_up"] == 5);
  REQUIRE(line["dispatched"] == 10);
  REQUIRE(line["reports"] == 4);
  const std::pair<const char*, int> outcomes[] = {{"reported", 4}, {"left", 1},      {"crash", 2}, {"deadline", 1},
                                                  {"surplus", 1},  {"abandoned", 1}, {"stale", 0}};
  for (const auto& [name, count] : outcomes) REQUIRE(line[name] == count);
  REQUIRE(line["wasted_bytes"] == 120);
  REQUIRE(line["abandoned_rounds"] == 0);
}

TEST_CASE("doubles in metrics.jsonl read back to the same bits, in their shortest form") {
  const std::string text = metrics_line(some_round(), std::nullopt);
  REQUIRE(text.find("\"train_loss\": 0.3333333333333333,") != text.npos);
  REQUIRE(text.find("\"wasted_compute_s\": 0.30000000000000004}") != text.npos);
  const auto line = nlohmann::json::parse(text);
  REQUIRE(line["train_loss"].get<double>() == 1.0 / 3.0);
}

TEST_CASE("an infinite loss is null: JSON has no word for it") {
  RoundRecord round = some_round();
  round.train_loss = std::numeric_limits<double>::infinity();
  REQUIRE(nlohmann::json::parse(metrics_line(round, std::nullopt))["train_loss"].is_null());
}

TEST_CASE("metrics that were asked for stand at the end of a line, missing ones as null") {
  EvaluationRecord evaluation;
  evaluation.metrics = {0.25, std::numeric_limits<double>::quiet_NaN()};
  const std::string plain = metrics_line(some_round(), evaluation);
  const std::string text = metrics_line(some_round(), evaluation, {"auc", "top_5"});
  REQUIRE(text == plain.substr(0, plain.size() - 1) + ", \"test_auc\": 0.25, \"test_top_5\": null}");
  const std::string none = metrics_line(some_round(), std::nullopt, {"auc"});
  REQUIRE(none.ends_with("\"test_auc\": null}"));
}

TEST_CASE("metrics.jsonl grows by whole lines, the initial model first") {
  TemporaryFolder folder;
  MetricsLog log(folder / "metrics.jsonl");
  EvaluationRecord evaluation;
  evaluation.test_accuracy = 0.1;
  log.initial(evaluation);
  const std::string first = text_of(folder / "metrics.jsonl");
  REQUIRE(first.ends_with("}\n"));
  evaluation.round = 7;
  evaluation.test_accuracy = 0.5;
  log.round(some_round(), evaluation);
  const std::string both = text_of(folder / "metrics.jsonl");
  REQUIRE(both.starts_with(first));
  std::istringstream lines(both);
  std::string a, b, c;
  REQUIRE(std::getline(lines, a));
  REQUIRE(std::getline(lines, b));
  REQUIRE(!std::getline(lines, c));
  REQUIRE(nlohmann::json::parse(a)["round"] == 0);
  REQUIRE(nlohmann::json::parse(a)["test_accuracy"] == 0.1);
  REQUIRE(nlohmann::json::parse(a)["train_loss"].is_null());
  REQUIRE(nlohmann::json::parse(b)["test_accuracy"] == 0.5);
}

TEST_CASE("a log that is written again never loses a line that it will have, and ends where it was cut") {
  TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto write = [&](MetricsLog& log, int lines) {
    for (int i = 0; i < lines; ++i) log.round(some_round(), {});
  };
  {
    MetricsLog log(path);
    write(log, 5);
  }
  const std::string five = text_of(path);
  put_text(path, five + "{\"torn");
  MetricsLog again(path, {}, {}, true);
  write(again, 3);
  REQUIRE(text_of(path) == five + "{\"torn");
  again.cut();
  const std::string three = text_of(path);
  REQUIRE(five.starts_with(three));
  write(again, 2);
  REQUIRE(text_of(path) == five);
}

TEST_CASE("a full device is an io failure that names the file, the reason and the cure") {
  if (!std::filesystem::exists("/dev/full")) return;
  MetricsLog log("/dev/full");
  const std::string message = failure_of(ExitCode::io, [&] { log.initial({}); });
  REQUIRE(message ==
          "/dev/full: cannot write: No space left on device; free some space or choose another output directory");
}

TEST_CASE("a line says what the run knows of spending, and nothing of what it does not") {
  RoundRecord round;
  round.spent.energy = {.compute_j = 4, .receive_j = 3, .send_j = 2, .idle_j = 1};
  round.wasted.energy = {.compute_j = 2, .receive_j = 0, .send_j = 0, .idle_j = 1};
  round.spent.carbon_g = 0.5;
  round.spent.metered_bytes = 7;
  const Accounts all{.energy = true, .carbon = true, .metered = true, .pauses = false};
  REQUIRE(metrics_line(round, std::nullopt, {}, all)
              .ends_with("\"spent_energy_j\": 10, \"wasted_energy_j\": 3, \"spent_carbon_g\": 0.5, "
                         "\"spent_metered_bytes\": 7}"));
  const std::string none = metrics_line(round, std::nullopt);
  for (const char* word : {"energy", "carbon", "metered"}) REQUIRE(none.find(word) == none.npos);
}
