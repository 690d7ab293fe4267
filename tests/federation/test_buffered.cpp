// Buffered asynchronous training: what must hold whatever the clients do.

#include <algorithm>
#include <map>

#include "sim/federation/buffered.h"
#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// kStormy's clients and failures, asynchronously.
Played storm(std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), {"protocol={name: buffered, concurrency: 12, buffer: 5, retry: 5 s}",
                                       "algorithm={name: fedbuff}", "stop.rounds=30"});
  return play_text(kStormy, overrides);
}

/// Versions that a used report came late.
std::int64_t staleness(const ClientTrace& turn) { return turn.round - 1 - turn.version; }

}  // namespace

TEST_CASE("with K = M, equal turns and weights n_k, it is synchronous FedAvg bit for bit") {
  const Played synchronous = play_text(kOneSecondTurns);
  const Played buffered = play_text(kOneSecondTurns, {"protocol={name: buffered, concurrency: 4, buffer: 4}",
                                                      "algorithm={name: fedbuff, normalize: weights, weigh: samples}"});
  REQUIRE(synchronous.memory.rounds.size() == 8);
  REQUIRE(buffered.bits() == synchronous.bits());
  // Without the same draw of clients it would not be.
  REQUIRE(play_text(kOneSecondTurns, {"seed=4"}).bits() != synchronous.bits());
}

TEST_CASE("asynchronous: threads and executor leave no trace in the results") {
  for (const std::string algorithm : {"fedavg", "fedbuff", "fedasync", "scaffold"}) {
    const std::string name = "algorithm={name: " + algorithm + "}";
    const Played serial = storm({name, "execution.executor=inline"});
    REQUIRE(serial.memory.rounds.size() == 30);
    REQUIRE(serial.outcomes(Outcome::crash) > 0);
    REQUIRE(serial.outcomes(Outcome::left) > 0);
    for (const std::string threads : {"1", "2", "8"}) {
      INFO(algorithm << " on " << threads << " threads");
      REQUIRE(storm({name, "execution.threads=" + threads}).bits() == serial.bits());
    }
  }
}

TEST_CASE("every dispatch has one end, and only what is used is computed") {
  const Played p = storm();
  std::int64_t dispatched = 0, ended = 0;
  for (const auto* records : {&p.memory.rounds, &p.memory.rest}) {
    for (const RoundRecord& r : *records) {
      dispatched += r.dispatched;
      for (const std::int64_t count : r.outcomes) ended += count;
    }
  }
  REQUIRE(dispatched == ended);
  REQUIRE(dispatched == static_cast<std::int64_t>(p.memory.turns.size()));
  for (const RoundRecord& r : p.memory.rounds) REQUIRE(r.outcomes[0] == 5);
  REQUIRE(p.outcomes(Outcome::reported) == 150);
  REQUIRE(p.result.accepted_jobs == 150);
  // Beside the trainings: 1 test block and 1 block of clients for each evaluation.
  REQUIRE(p.result.computed_jobs == 150 + 2 * p.memory.evaluations.size());
}

TEST_CASE("at most M train at a time, and no client twice at once") {
  const Played p = storm();
  std::map<Time, int> change;  // by time: ends before dispatches, as the protocol has it
  std::map<ClientId, std::vector<ClientTrace>> of_client;
  for (const ClientTrace& turn : p.memory.turns) {
    ++change[turn.dispatched];
    --change[turn.ended];
    of_client[turn.client].push_back(turn);
  }
  int running = 0, most = 0;
  for (const auto& [at, by] : change) most = std::max(most, running += by);
  REQUIRE(running == 0);
  REQUIRE(most == 12);
  for (auto& [client, turns] : of_client) {
    std::sort(turns.begin(), turns.end(), [](const auto& a, const auto& b) { return a.turn < b.turn; });
    for (std::size_t i = 1; i < turns.size(); ++i) REQUIRE(turns[i].dispatched >= turns[i - 1].ended);
  }
}

TEST_CASE("a report staler than the most that is allowed is not used") {
  const Played all = storm();
  const auto stalest = [](const Played& p) {
    std::int64_t most = 0;
    for (const ClientTrace& turn : p.memory.turns) {
      if (turn.outcome == Outcome::reported) most = std::max(most, staleness(turn));
    }
    return most;
  };
  REQUIRE(stalest(all) > 1);
  REQUIRE(all.outcomes(Outcome::stale) == 0);
  const Played fresh = storm({"protocol.maximum_staleness=1"});
  REQUIRE(stalest(fresh) == 1);
  REQUIRE(fresh.outcomes(Outcome::stale) > 0);
  for (const ClientTrace& turn : fresh.memory.turns) {
    if (turn.outcome == Outcome::stale) REQUIRE(staleness(turn) > 1);
  }
}

TEST_CASE("semi-asynchronous: nobody reports staler than the bound, and versions wait for whoever would") {
  const auto stalest = [](const Played& p) {
    std::int64_t most = 0;
    for (const ClientTrace& turn : p.memory.turns) {
      if (turn.outcome == Outcome::reported) most = std::max(most, staleness(turn));
    }
    return most;
  };
  const Played free = storm();
  REQUIRE(stalest(free) > 2);
  for (const int bound : {1, 2}) {
    const Played p = storm({fmt::format("protocol.staleness_bound={}", bound)});
    INFO("bound " << bound);
    REQUIRE(stalest(p) == bound);
    // A version that waits takes in all who have come: nothing is lost by waiting.
    std::int64_t most = 0;
    for (const RoundRecord& r : p.memory.rounds) {
      REQUIRE(r.outcomes[0] >= 5);
      most = std::max(most, static_cast<std::int64_t>(r.outcomes[0]));
    }
    REQUIRE(most > 5);
    REQUIRE(p.outcomes(Outcome::stale) == 0);
    REQUIRE(broken_laws(p.memory) == "");
  }
  // A bound that nobody reaches changes nothing (those whose turns are lost may be staler than any report).
  REQUIRE(storm({"protocol.staleness_bound=1000"}).bits() == free.bits());
}

TEST_CASE("the mean staleness is (M - 1) / K, whatever the durations") {
  // A report's staleness counts the versions, and so the reports over K, between a client's dispatch and its report.
  // The M places at which clients train are alike and independent, so that each of the other M - 1 reports once in that
  // span on average (renewal theory; no drop-outs).
#ifdef FEDTIDE_SANITIZED
  constexpr int reports = 90'000;  // for the code; the law wants a million
#else
  constexpr int reports = 1'000'000;
#endif
  for (const std::string fleet :
       {"device: {compute: {distribution: lognormal, median: 1 kFLOP/s, sigma: 1}}, link: {latency: 1 ms, jitter: 2 s}",
        "device: {compute: 1 kFLOP/s, jitter: 0.7}, link: {latency: 1 ms, jitter: 2 s}",
        "device: {compute: 1 kFLOP/s, slowdown: {distribution: exponential, mean: 1}}",
        "device: {compute: 1 kFLOP/s, slowdown: {distribution: half_normal, mean: 1}}",
        "device: {compute: 1 kFLOP/s, slowdown: {distribution: pareto, smallest: 1, shape: 3}}"}) {
    const Played p = play_text(R"(
timing: only
data: {dataset: blobs, samples: 20000, test_samples: 10, features: 4, clients: 2000}
model: {name: softmax}
protocol: {name: buffered, concurrency: 41, buffer: 8}
fleet: {)" + fleet + R"(}
evaluate: {every: 1000000}
stop: {rounds: )" + std::to_string(reports / 8 + 120) +
                               "}\n");
    double sum = 0, count = 0;
    for (const ClientTrace& turn : p.memory.turns) {
      if (turn.outcome != Outcome::reported || turn.round < 100) continue;
      sum += static_cast<double>(staleness(turn));
      ++count;
    }
    INFO(fleet);
    REQUIRE(count >= reports);
    REQUIRE(sum / count == Approx(40.0 / 8).epsilon(0.01));
  }
}

TEST_CASE("asynchronous runs stop by time and by bytes, and book what was under way") {
  const Played time =
      play_text(kOneSecondTurns, {"protocol={name: buffered, concurrency: 4, buffer: 3}", "stop={time: 2.5 s}"});
  REQUIRE(time.result.stopped.text == "reached 2.5 s of virtual time");
  // 4 reports at 1 s and 4 at 2 s make 2 versions; 2 reports wait in the buffer and 4 clients are at work at the end.
  REQUIRE(time.memory.rounds.size() == 2);
  REQUIRE(time.outcomes(Outcome::reported) == 6);
  REQUIRE(time.outcomes(Outcome::abandoned) == 6);
  const Played bytes =
      play_text(kOneSecondTurns, {"protocol={name: buffered, concurrency: 4, buffer: 2}", "stop={bytes: 1 B}"});
  REQUIRE(bytes.result.stopped.kind == StopReason::Kind::bytes);
  REQUIRE(bytes.memory.rounds.size() == 1);
}

TEST_CASE("nobody to train: the asynchronous run gives up") {
  const Played p = play_text(kOneSecondTurns, {"protocol={name: buffered, concurrency: 4, buffer: 2, give_up: 50}",
                                               "fleet.availability={model: on_off, on: 1 ms, off: 1000 d}"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::gave_up);
  REQUIRE(p.result.stopped.text.find("gave up after 50 selections in a row that found nobody") == 0);
}
