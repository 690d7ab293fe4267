// Asynchronous tiers: who is in which, what their models weigh, and what must hold whatever the clients do.

#include <algorithm>
#include <map>

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Played storm(std::vector<std::string> overrides, const std::string& protocol) {
  overrides.insert(overrides.begin(), {"protocol=" + protocol, "stop.rounds=25"});
  return play_text(kStormy, overrides);
}

const std::vector<std::string> kProtocols = {
    "{name: tiered, tiers: 4, cohort: 5, deadline: 6 s, retry: 3 s}",
    "{name: tiered, tiers: 3, cohort: 4, weights: equal, retry: 3 s}",
    "{name: tiered, tiers: 20, cohort: 2, deadline: 2 s, retry: 1 s}",
};

}  // namespace

TEST_CASE("one tier is synchronous FedAvg bit for bit") {
  // The one tier has weight T_1 / T = 1: the server's model is the tier's. Only the draw of its clients has another
  // name, so everyone takes part.
  const Played flat = play_text(kOneSecondTurns, {"protocol.cohort=10"});
  for (const std::string weights : {"mirrored", "equal"}) {
    const Played tiered =
        play_text(kOneSecondTurns, {"protocol={name: tiered, tiers: 1, cohort: 10, weights: " + weights + "}"});
    REQUIRE(tiered.memory.rounds.size() == 8);
    REQUIRE(*tiered.result.weights == *flat.result.weights);
  }
}

TEST_CASE("tiers are parted by the expected time of a turn, and the fast make more rounds") {
  const Played p = storm({"fleet.availability={model: always}", "fleet.dropout.probability=0", "fleet.link.jitter=0 s",
                          "fleet.device.jitter=0", "stop.rounds=60"},
                         "{name: tiered, tiers: 3, cohort: 20}");
  // Without jitter a client's turns all last as expected: whoever trains together is of neighboring speeds, so that the
  // clients' durations, in order, fall into tiers of 20.
  std::map<ClientId, double> seconds;
  std::map<ClientId, int> turns;
  for (const ClientTrace& turn : p.memory.turns) {
    if (turn.outcome != Outcome::reported) continue;
    seconds[turn.client] = (turn.ended - turn.dispatched).seconds();
    ++turns[turn.client];
  }
  std::vector<std::pair<double, int>> order;
  for (const auto& [client, s] : seconds) order.emplace_back(s, turns[client]);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 1; i < order.size(); ++i) {
    INFO(i << ": " << order[i].first << " s, " << order[i].second << " turns");
    REQUIRE(order[i].second <= order[i - 1].second);
  }
  REQUIRE(order.front().second > 2 * order.back().second);
}

TEST_CASE("a tier's model weighs by the rounds of its mirror image") {
  // A client at the point p ends one step with rate a at x + a (p - x), so a tier whose clients have the mean m gets
  // w_m = x + a (m - x) from the x that it was sent. The timeline says which tier made which version, and from which
  // one; the server's model follows by the paper's rule, in double.
  for (const bool mirrored : {true, false}) {
    const Played p = play_text(std::string(R"(
seed: 4
data: {dataset: quadratic, points: [0, 1, 5, 6, 20, 22]}
model: {name: quadratic, start: 3}
training: {batch_size: full, optimizer: {name: sgd, lr: 0.25}}
fleet: {device: {compute: {distribution: lognormal, median: 1 FLOP/s, sigma: 1.5}}}
stop: {rounds: 40}
protocol: {name: tiered, tiers: 3, cohort: 2, weights: )") +
                               (mirrored ? "mirrored}" : "equal}"));
    const double points[] = {0, 1, 5, 6, 20, 22};
    std::vector<std::vector<const ClientTrace*>> of_round(41);
    for (const ClientTrace& turn : p.memory.turns) {
      if (turn.outcome == Outcome::reported) of_round[static_cast<std::size_t>(turn.round)].push_back(&turn);
    }
    // The fastest tier is the one that makes the first version, and so on.
    std::map<ClientId, std::size_t> tier_of;
    for (std::size_t r = 1, tiers = 0; r <= 40; ++r) {
      REQUIRE(of_round[r].size() == 2);
      const bool known = tier_of.contains(of_round[r][0]->client);
      for (const ClientTrace* turn : of_round[r]) REQUIRE(tier_of.emplace(turn->client, tiers).second != known);
      if (!known) ++tiers;
    }
    REQUIRE(tier_of.size() == 6);
    std::vector<double> server = {3}, model = {3, 3, 3}, made = {0, 0, 0};
    for (std::size_t r = 1; r <= 40; ++r) {
      const ClientTrace &one = *of_round[r][0], &other = *of_round[r][1];
      const double mean = (points[raw(one.client)] + points[raw(other.client)]) / 2;
      const double sent = server[static_cast<std::size_t>(one.version)];
      const std::size_t tier = tier_of.at(one.client);
      model[tier] = sent + 0.25 * (mean - sent);
      ++made[tier];
      double x = 0;
      for (std::size_t m = 0; m < 3; ++m) x += (mirrored ? made[2 - m] / static_cast<double>(r) : 1.0 / 3) * model[m];
      server.push_back(x);
    }
    REQUIRE(made[0] > made[2]);
    REQUIRE((*p.result.weights)[0] == Approx(server.back()).epsilon(1e-5));
  }
}

TEST_CASE("tiered: threads and executor leave no trace in the results, and every law holds") {
  for (const std::string& protocol : kProtocols) {
    for (const std::string algorithm : {"fedavg", "fedprox"}) {
      const std::string name = "algorithm={name: " + algorithm + "}";
      const Played serial = storm({name, "execution.executor=inline"}, protocol);
      INFO(algorithm << " with " << protocol);
      REQUIRE(serial.memory.rounds.size() == 25);
      REQUIRE(serial.outcomes(Outcome::crash) > 0);
      REQUIRE(broken_laws(serial.memory) == "");
      for (const std::string threads : {"1", "2", "8"}) {
        REQUIRE((storm({name, "execution.threads=" + threads}, protocol).bits() == serial.bits()));
      }
    }
  }
}

TEST_CASE("what tiers cannot be is said") {
  REQUIRE_THROWS_WITH(play_text(kOneSecondTurns, {"protocol={name: tiered, tiers: 11}"}),
                      Catch::Contains("tiers: 11 tiers need at least as many clients, there are 10"));
  REQUIRE_THROWS_WITH(play_text(kOneSecondTurns, {"protocol={name: tiered, tiers: 2}", "algorithm={name: scaffold}"}),
                      Catch::Contains("tiered"));
}

TEST_CASE("tiers without anybody give up, and runs stop by time and book what was under way") {
  const Played nobody = play_text(kOneSecondTurns, {"protocol={name: tiered, tiers: 2, give_up: 7}",
                                                    "fleet.availability={model: on_off, on: 1 ms, off: 100000 d}"});
  REQUIRE(nobody.result.stopped.kind == StopReason::Kind::gave_up);
  REQUIRE_THAT(nobody.result.stopped.text, Catch::Contains("rounds or selections of tiers in a row without a report"));
  const Played stopped = storm({"stop={time: 20 s}"}, kProtocols.front());
  REQUIRE(stopped.result.ended.seconds() == Approx(20));
  REQUIRE(stopped.outcomes(Outcome::abandoned) > 0);
  REQUIRE(broken_laws(stopped.memory) == "");
}
