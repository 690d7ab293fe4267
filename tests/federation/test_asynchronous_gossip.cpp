// Gossip learning: every client at its own pace.

#include <cmath>
#include <map>

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const std::vector<std::string> kProtocols = {
    "{name: asynchronous_gossip, retry: 5 s, topology: {name: regular, degree: 6}}",
    "{name: asynchronous_gossip, retry: 2 s, pause: 1 s, round_turns: 20, topology: {name: exponential}}",
    "{name: asynchronous_gossip, retry: 5 s, topology: {name: small_world, redraw: 1}}",
};

Played storm(std::vector<std::string> overrides, const std::string& protocol) {
  overrides.insert(overrides.begin(), {"protocol=" + protocol, "stop.rounds=12"});
  return play_text(kStormy, overrides);
}

}  // namespace

TEST_CASE("two nodes that meet have their mean, weighted by age") {
  // Points 0 and 8, lr 1 in the first turn and none after it; both turns take the same time, so both nodes send in the
  // same instant, and merge at their next turn: ages 1 and 1, so (0 + 8) / 2. From then on both are 4.
  const Played p = play_text(R"(
data: {dataset: quadratic, points: [0, 8]}
model: {name: quadratic, start: 3}
training: {batch_size: full, optimizer: {name: sgd, lr: 1}, schedule: {name: step, decay: 1e-30}}
protocol: {name: asynchronous_gossip, topology: {name: complete}}
fleet: {link: {latency: 1 s}}
stop: {rounds: 4}
)");
  REQUIRE(p.memory.evaluations.size() == 5);
  REQUIRE(p.memory.evaluations[0].consensus_distance == 0);
  REQUIRE(p.memory.evaluations[1].consensus_distance == Approx(16));  // 0 and 8 around 4
  for (std::size_t i = 2; i < 5; ++i) REQUIRE(p.memory.evaluations[i].consensus_distance < 1e-12);
  REQUIRE((*p.result.weights)[0] == Approx(4));
}

TEST_CASE("asynchronous gossip: threads and executor leave no trace in the results, and every law holds") {
  for (const std::string& protocol : kProtocols) {
    INFO(protocol);
    const Played serial = storm({"execution.executor=inline"}, protocol);
    REQUIRE(serial.memory.rounds.size() == 12);
    REQUIRE(serial.outcomes(Outcome::crash) > 0);
    REQUIRE(serial.outcomes(Outcome::left) > 0);
    REQUIRE(broken_laws(serial.memory) == "");
    for (const std::string threads : {"1", "2", "8"}) {
      REQUIRE(storm({"execution.threads=" + threads}, protocol).bits() == serial.bits());
    }
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      for (const std::string shared : {"{}", "{server: {down: 20 Mbit/s}, cell: {count: 3, up: 2 Mbit/s}}"}) {
        CAPTURE(seed, shared);
        const Played p = storm(
            {"timing=only", "evaluate.per_client=0", "fleet.shared=" + shared, fmt::format("seed={}", seed)}, protocol);
        REQUIRE(broken_laws(p.memory) == "");
      }
    }
  }
}

TEST_CASE("nobody waits for anybody: fast clients have more turns") {
  const Played p = play_text(kOneSecondTurns, {"protocol={name: asynchronous_gossip, topology: {name: ring}}",
                                               "fleet.device={catalog: drawn, compute: {distribution: lognormal, "
                                               "median: 200 FLOP/s, sigma: 1}}",
                                               "stop.rounds=30"});
  std::map<ClientId, int> turns;
  for (const ClientTrace& turn : p.memory.turns) ++turns[turn.client];
  int least = 1 << 20, most = 0;
  for (const auto& [client, count] : turns) least = std::min(least, count), most = std::max(most, count);
  REQUIRE(turns.size() == 10);
  REQUIRE(most > 2 * least);
  for (const RoundRecord& round : p.memory.rounds) REQUIRE(round.outcomes[0] == 10);
}

TEST_CASE("on IID data asynchronous gossip ends within a point of FedAvg") {
  const std::string yaml = R"(
data: {dataset: gaussian_mixture, clients: 16, samples: 60, test_samples: 100, features: 8, classes: 4, separation: 3}
model: {name: softmax}
training: {batch_size: 10, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: synchronous, cohort: 16}
fleet: {device: {catalog: drawn, compute: {distribution: lognormal, median: 10 kFLOP/s, sigma: 0.5}}}
evaluate: {every: 1000}
stop: {rounds: 30}
)";
  const double goal = play_text(yaml).memory.evaluations.back().test_accuracy;
  const Played p = play_text(yaml, {"protocol={name: asynchronous_gossip, topology: {name: regular, degree: 4}}"});
  INFO(p.memory.evaluations.back().test_accuracy << ", FedAvg " << goal);
  REQUIRE(std::abs(p.memory.evaluations.back().test_accuracy - goal) <= 0.01);
}

TEST_CASE("asynchronous gossip gives up, stops by time, and refuses what needs a server") {
  const Played nobody = play_text(kOneSecondTurns, {"protocol={name: asynchronous_gossip, give_up: 20}",
                                                    "fleet.availability={model: on_off, on: 1 ms, off: 1000 d}"});
  REQUIRE(nobody.result.stopped.text == "gave up after 200 looks in a row that found nobody");
  const Played time = play_text(kOneSecondTurns, {"protocol={name: asynchronous_gossip}", "stop={time: 2.5 s}"});
  REQUIRE(time.memory.rounds.size() == 2);
  REQUIRE(time.outcomes(Outcome::abandoned) == 10);
  REQUIRE(broken_laws(time.memory) == "");
  REQUIRE_THROWS_WITH(
      play_text(kOneSecondTurns, {"protocol={name: asynchronous_gossip}", "algorithm={name: scaffold}"}),
      Catch::Contains("scaffold does not run with the protocol asynchronous_gossip"));
  REQUIRE_THROWS_WITH(play_text(kOneSecondTurns, {"protocol={name: asynchronous_gossip}", "data.clients=1"}),
                      Catch::Contains("asynchronous_gossip needs at least 2 clients, there are 1"));
}
