// Turns over shared links.

#include <algorithm>

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const std::vector<std::string> kProtocols = {
    "protocol={name: synchronous, cohort: 5, over_selection: 1.4, deadline: 90 s}",
    "protocol={name: buffered, concurrency: 12, buffer: 5, retry: 5 s}"};

Played storm(const std::string& protocol, std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), {protocol, "stop.rounds=30"});
  return play_text(kStormy, overrides);
}

}  // namespace

TEST_CASE("clients that share the server's link wait for each other") {
  const Played alone = play_text(kOneSecondTurns);
  const RoundRecord& round = alone.memory.rounds.front();
  const double bytes = static_cast<double>(round.spent.bytes_up) / 4;
  CHECK(round.committed.seconds() == Approx(1.0).epsilon(1e-6));
  // Four reports at once over so many bit/s that one alone takes 2 s: 8 s. The download and the latencies take 1 s.
  const std::string rate = fmt::format("{} bit/s", bytes * 8 / 2);
  const Played up = play_text(kOneSecondTurns, {"fleet.shared.server.up=" + rate});
  CHECK(up.memory.rounds.front().committed.seconds() == Approx(9.0).epsilon(1e-6));
  const Played both = play_text(kOneSecondTurns, {"fleet.shared.server={up: " + rate + ", down: " + rate + "}"});
  CHECK(both.memory.rounds.front().committed.seconds() == Approx(17.0).epsilon(1e-6));
  // Nothing else changes: the same cohorts and the same weights.
  CHECK(both.memory.rounds.back().update_norm == alone.memory.rounds.back().update_norm);
}

TEST_CASE("cells share among their own") {
  // As many cells as it takes for some of four clients to be alone in one: between one report's time and four.
  const RoundRecord round = play_text(kOneSecondTurns).memory.rounds.front();
  const std::string rate = fmt::format("{} bit/s", static_cast<double>(round.spent.bytes_up) / 4 * 8 / 2);
  const auto length = [&](const std::string& count) {
    const Played p = play_text(kOneSecondTurns, {"fleet.shared.cell={count: " + count + ", up: " + rate + "}"});
    return p.memory.rounds.front().committed.seconds();
  };
  CHECK(length("1") == Approx(9.0).epsilon(1e-6));
  CHECK(length("100000") == Approx(3.0).epsilon(1e-6));  // 4 of 10 clients in one of 100,000 cells: almost never
}

TEST_CASE("regions share among the clients of their cells") {
  const RoundRecord round = play_text(kOneSecondTurns).memory.rounds.front();
  const double bits = static_cast<double>(round.spent.bytes_up) / 4 * 8;
  const auto length = [&](const std::string& shared) {
    const Played p =
        play_text(kOneSecondTurns, {fmt::format(fmt::runtime("fleet.shared={{" + shared + "}}"), bits / 2)});
    return p.memory.rounds.front().committed.seconds();
  };
  // One region is like the server's link, whether its clients are in cells or not.
  CHECK(length("region: {{count: 1, up: {0} bit/s}}") == Approx(9.0).epsilon(1e-6));
  CHECK(length("cell: {{count: 100000, up: 1e18 bit/s}}, region: {{count: 1, up: {0} bit/s}}") ==
        Approx(9.0).epsilon(1e-6));
  CHECK(length("region: {{count: 100000, up: {0} bit/s}}") == Approx(3.0).epsilon(1e-6));
  // As many regions as cells are those cells; of two, one has two of four clients at least: 5, 7 or 9 s.
  const std::string both = "cell: {{count: 2}}, region: {{count: 2, up: {0} bit/s}}";
  CHECK(length(both) == length("cell: {{count: 2, up: {0} bit/s}}"));
  CHECK(length(both) > 4.9);
}

TEST_CASE("shared links that are wide enough change nothing but the rounding of a transfer") {
  for (const std::string& protocol : kProtocols) {
    const Played alone = storm(protocol);
    const Played wide = storm(protocol, {"fleet.shared.server={up: 1e18 bit/s, down: 1e18 bit/s}"});
    REQUIRE(alone.memory.rounds.size() == wide.memory.rounds.size());
    REQUIRE(alone.memory.turns.size() == wide.memory.turns.size());
    for (std::size_t i = 0; i < alone.memory.rounds.size(); ++i) {
      const RoundRecord &a = alone.memory.rounds[i], &b = wide.memory.rounds[i];
      REQUIRE(a.outcomes == b.outcomes);
      REQUIRE(b.committed.seconds() == Approx(a.committed.seconds()).margin(1e-6));
      REQUIRE(b.spent.compute_s == Approx(a.spent.compute_s).epsilon(1e-6));
    }
  }
}

TEST_CASE("shared links: runs obey the laws of all runs, and threads leave no trace") {
  for (const std::string& protocol : kProtocols) {
    const std::vector<std::string> shared = {
        "fleet.shared={server: {down: 300 kbit/s, up: 100 kbit/s}, cell: {count: 3, up: 60 kbit/s}}"};
    const auto with = [&](const std::string& more) { return storm(protocol, {shared.front(), more}); };
    const Played p = with("execution.executor=inline");
    REQUIRE(p.outcomes(Outcome::crash) > 0);
    REQUIRE(p.outcomes(Outcome::left) > 0);
    REQUIRE(p.memory.rounds.back().committed > storm(protocol).memory.rounds.back().committed);
    REQUIRE(broken_laws(p.memory).empty());
    for (const std::string threads : {"1", "2", "8"}) {
      REQUIRE(with("execution.threads=" + threads).bits() == p.bits());
    }
  }
}

TEST_CASE("rates of cells need cells") {
  const auto run = [](const std::string& cell) { play_text(kOneSecondTurns, {"fleet.shared.cell=" + cell}); };
  CHECK_THROWS_WITH(run("{up: 1 Mbit/s}"),
                    Catch::Contains("fleet.shared.cell.count: must be at least 1 where there are rates, got 0"));
  CHECK_THROWS_WITH(play_text(kOneSecondTurns, {"fleet.shared={cell: {count: 2}, region: {count: 3, up: 1 Mbit/s}}"}),
                    Catch::Contains("fleet.shared.region: has 3 regions for 2 cells; at most one a cell"));
  CHECK_THROWS_WITH(run("{count: 2, up: 0 bit/s}"), Catch::Contains("fleet.shared.cell.up: must be greater than 0"));
}
