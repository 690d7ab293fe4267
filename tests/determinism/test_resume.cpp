// A run that is taken up again gives the same bits as one that was never stopped: at every round, and in the middle of
// one, for every protocol and kind of method.

#include <algorithm>

#include "tests/catch.h"
#include "tests/support/interruption.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

bool every_round(std::uint64_t, bool round) { return round; }

/// A protocol with its keys, and the methods that it can run.
struct Case {
  const char* protocol;
  std::vector<const char*> algorithms;
};
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"{name: synchronous, cohort: 10, over_selection: 1.5, deadline: 4 s, minimum_reports: 4, retry: 20 s}",
       {"fedavg", "fedprox", "scaffold", "fedsgd", "centralized"}},
      {"{name: buffered, concurrency: 12, buffer: 4}", {"fedbuff", "fedasync", "scaffold", "fedavg"}},
      {"{name: check_in, cohort: 8, over_selection: 1.3, deadline: 60 s, pace: {period: 60 s}}",
       {"fedavg", "scaffold", "fedprox"}},
      {"{name: hierarchical, levels: [{groups: 5, rounds: 2, rate: 1 Mbit/s, latency: 5 ms}]}", {"fedavg", "fedprox"}},
      {"{name: gossip, topology: {name: ring}}", {"fedavg", "fedprox"}},
      {"{name: asynchronous_gossip, topology: {name: ring}}", {"fedavg"}},
      {"{name: cyclic, deadline: 60 s}", {"fedavg", "fedprox"}},
      {"{name: tiered, tiers: 3, cohort: 5}", {"fedavg", "fedprox"}},
  };
  return all;
}

std::vector<std::string> words(const Case& each, const char* algorithm) {
  return {std::string("protocol=") + each.protocol, std::string("algorithm.name=") + algorithm, "stop.rounds=8"};
}

}  // namespace

TEST_CASE("taken up at any round, a run has the same bits, whatever protocol, method and threads") {
  for (const Case& each : cases()) {
    for (const char* algorithm : each.algorithms) {
      INFO(each.protocol << " " << algorithm);
      REQUIRE(require_same_bits_after_resuming(kStormy, words(each, algorithm), every_round) == 8);
    }
  }
}

TEST_CASE("taken up in the middle of a round, a run has the same bits") {
  for (const Case& each : cases()) {
    const char* algorithm = each.algorithms.back();
    INFO(each.protocol << " " << algorithm);
    // A step without a common factor with rounds meets entries of every kind.
    REQUIRE(require_same_bits_after_resuming(kStormy, words(each, algorithm),
                                             [](std::uint64_t entries, bool) { return entries % 37 == 5; }) >= 1);
  }
}

TEST_CASE("every registered protocol is taken up somewhere") {
  for (const About& about : Registry<ProtocolEntry>::instance().list()) {
    INFO(about.name);
    CHECK(std::any_of(cases().begin(), cases().end(), [&](const Case& each) {
      return std::string(each.protocol).starts_with("{name: " + about.name);
    }));
  }
}

TEST_CASE("decisions that look at values are the same in a replay") {
  // The run ends at an accuracy, which it asks for after each evaluation.
  const std::vector<std::string> words = {"stop.rounds=40", "stop.accuracy=0.5", "evaluate.every=2"};
  REQUIRE(require_same_bits_after_resuming(kStormy, words, every_round) >= 3);
}

TEST_CASE("metrics, confusion and unseen clients come back from the rows") {
  const std::vector<std::string> words = {"evaluate.metrics=[top_3, f1, confusion]", "data.unseen_clients=5"};
  REQUIRE(require_same_bits_after_resuming(kStormy, words, every_round) == 12);
}

TEST_CASE("the timeline is compared: a snapshot of another one is refused") {
  SnapshotTaker taker;
  taker.wanted = [](std::uint64_t entries, bool) { return entries == 60; };
  const std::vector<std::string> words = {"evaluate.every=1"};
  const Played whole = play_with(kStormy, words, {.keeper = &taker, .from = {}, .rows = nullptr});
  const auto refusal = [&](std::vector<std::string> overrides) {
    overrides.insert(overrides.begin(), words.begin(), words.end());
    MemoryRows rows(whole.memory);
    try {
      play_with(kStormy, overrides, {.keeper = nullptr, .from = taker.taken.at(0), .rows = &rows});
    } catch (const Failure& failure) {
      REQUIRE(failure.code() == ExitCode::data_damaged);
      return std::string(failure.what());
    }
    return std::string();
  };
  REQUIRE(refusal({}) == "");
  const std::string round = "checkpoint: of round " + std::to_string(taker.taken.at(0).round) + ": ";
  const std::string rest = "; continue with the program that wrote it, or start anew with --force";
  REQUIRE(refusal({"fleet.dropout.probability=0.3"}) ==
          round + "this program plays another timeline than the one that it was taken of" + rest);
  REQUIRE(refusal({"stop.rounds=1"}) == round + "this program's timeline ends before it" + rest);
}

TEST_CASE("a run cut short in the middle of a replay says so") {
  SnapshotTaker taker;
  taker.wanted = every_round;
  const Played whole = play_with(kStormy, {}, {.keeper = &taker, .from = {}, .rows = nullptr});
  ExperimentConfig config = read_text_experiment(kStormy);
  Assembly assembly = assemble(config);
  MemoryRows rows(whole.memory);
  Memory memory;
  const std::atomic<bool> interrupted{true};
  const PlayResult result =
      play(config, assembly, memory, interrupted, {.keeper = nullptr, .from = taker.taken.back(), .rows = &rows});
  REQUIRE_FALSE(result.caught_up);
  REQUIRE(result.stopped.kind == StopReason::Kind::interrupted);
}
