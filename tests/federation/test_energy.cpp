// What whole runs draw.

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const std::string kPower =
    "fleet.energy={model: drawn, compute: 2 W, receive: {distribution: uniform, low: 1 W, high: 2 W}, send: 3 W, "
    "idle: 500 mW, receive_per_megabyte: 2 J, send_per_megabyte: 5 J, carbon: {intensity: [100]}}";
const std::vector<std::string> kProtocols = {
    "protocol={name: synchronous, cohort: 5, over_selection: 1.4, deadline: 9 s}",
    "protocol={name: buffered, concurrency: 12, buffer: 5, retry: 5 s}"};
const std::vector<std::string> kLinks = {
    "fleet.shared={}", "fleet.shared={server: {down: 300 kbit/s, up: 100 kbit/s}, cell: {count: 3, up: 60 kbit/s}}"};

}  // namespace

TEST_CASE("the joules of a round are those of its turns") {
  // Turns of 1 s: 0.5 s of latency each way, at 0.5 W 0.5 J. Transfers and computing take next to no time.
  const Played p = play_text(kOneSecondTurns, {"fleet.energy={model: drawn, idle: 500 mW, send_per_megabyte: 5 J}"});
  const RoundRecord& round = p.memory.rounds.front();
  CHECK(round.spent.energy.idle_j == Approx(4 * 0.5));
  CHECK(round.spent.energy.send_j == Approx(5e-6 * static_cast<double>(round.spent.bytes_up)).epsilon(1e-5));
  CHECK(round.spent.energy.compute_j < 1e-6);
  CHECK(round.wasted.energy.total() == 0);
  CHECK(round.spent.carbon_g == 0);
}

TEST_CASE("energy is another account of the same run: it changes nothing else") {
  for (const std::string& protocol : kProtocols) {
    const Played with = play_text(kStormy, {protocol, kPower, "fleet.link.metered=0.5"});
    const Played without = play_text(kStormy, {protocol});
    REQUIRE(with.memory.turns.size() == without.memory.turns.size());
    for (std::size_t i = 0; i < with.memory.turns.size(); ++i) {
      REQUIRE(with.memory.turns[i].ended == without.memory.turns[i].ended);
      REQUIRE(without.memory.turns[i].spent.energy.total() == 0);
    }
    REQUIRE(with.memory.rounds.back().update_norm == without.memory.rounds.back().update_norm);
  }
}

TEST_CASE("runs with energy obey every law on every number of threads, also over shared links") {
  for (const std::string& protocol : kProtocols) {
    for (const std::string& links : kLinks) {
      CAPTURE(protocol, links);
      const auto run = [&](const std::string& threads) {
        return play_text(kStormy, {protocol, links, kPower, "fleet.link.metered=0.5", "execution.threads=" + threads});
      };
      const Played p = run("1");
      REQUIRE(broken_laws(p.memory).empty());
      REQUIRE(p.bits() == run("2").bits());
      REQUIRE(p.bits() == run("8").bits());
      Spending all, wasted;
      for (const RoundRecord& round : p.memory.rounds) all += round.spent, wasted += round.wasted;
      REQUIRE(wasted.energy.total() > 0);
      REQUIRE(wasted.energy.total() < all.energy.total());
      REQUIRE(all.metered_bytes > 0);
      REQUIRE(all.metered_bytes < all.bytes_down + all.bytes_up);
      // At 100 g a kWh of 3.6 MJ.
      REQUIRE(all.carbon_g == Approx(all.energy.total() / 36000));
    }
  }
}

TEST_CASE("carbon follows the hours") {
  // At midnight 100 g a kWh, from 1:00 on 300: as many grams more as there are joules then.
  std::string day = "[100";
  for (int hour = 1; hour < 24; ++hour) day += ", 300";
  const Played p =
      play_text(kOneSecondTurns, {"fleet.energy={model: drawn, idle: 1 W, carbon: {intensity: " + day + "]}}",
                                  "protocol.pause=40 min", "stop.rounds=3"});
  const auto& rounds = p.memory.rounds;
  // Rounds at 0:00, 0:40 and 1:20; 4 turns of 1 s at 1 W are 4 J.
  CHECK(rounds[0].spent.carbon_g == Approx(4 * 100 / 3.6e6));
  CHECK(rounds[1].spent.carbon_g == Approx(4 * 100 / 3.6e6));
  CHECK(rounds[2].spent.carbon_g == Approx(4 * 300 / 3.6e6));
}

TEST_CASE("what cannot be is said at its place") {
  const auto run = [](const std::string& energy) { play_text(kOneSecondTurns, {"fleet.energy=" + energy}); };
  CHECK_THROWS_WITH(run("{carbon: {intensity: [400]}}"),
                    Catch::Contains("fleet.energy.carbon") && Catch::Contains("needs an energy model: choose"));
  CHECK_THROWS_WITH(run("{model: phones, carbon: {intensity: [1, 2]}}"),
                    Catch::Contains("fleet.energy.carbon.intensity: must be one number or 24, got 2"));
  CHECK_THROWS_WITH(run("{model: phones, carbon: {intensity: [400], path: x.csv}}"),
                    Catch::Contains("fleet.energy.carbon.path: the intensity is given too; remove one of the two"));
  CHECK_THROWS_WITH(run("{model: phones, radio: 5g}"), Catch::Contains("fleet.energy.radio"));
  CHECK_THROWS_WITH(run("{model: drawn, compute: 4}"),
                    Catch::Contains("fleet.energy.compute: must have a unit, for example"));
  CHECK_THROWS_WITH(run("{model: drawn, compute: 4 J}"), Catch::Contains("fleet.energy.compute: must be a power"));
  CHECK_THROWS_WITH(run("{model: drawn, idle: -1 W}"),
                    Catch::Contains("fleet.energy.idle: must be between 0 W and 1000 kW, got \"-1 W\""));
  CHECK_THROWS_WITH(play_text(kOneSecondTurns, {"fleet.link.metered=2"}), Catch::Contains("fleet.link.metered"));
}
