// The laws of energy, each broken on purpose.

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Played lawful() {
  return play_text(kStormy, {"timing=only", "evaluate.per_client=0", "fleet.link.metered=0.5",
                             "fleet.energy={model: phones, radio: lte, carbon: {intensity: [300]}}"});
}

std::string laws_broken_by(const RecordedRun& run) {
  std::string text;
  for (const Finding& finding : verify(run)) {
    if (finding.verdict == Finding::Verdict::broken) text += finding.law + ": " + finding.text + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("laws of energy hold, and are not spoken of where there is none") {
  const Played with = lawful();
  REQUIRE(broken_laws(with.memory).empty());
  const std::size_t laws = verify(recorded(with.memory)).size();
  const Played without = play_text(kStormy, {"timing=only", "evaluate.per_client=0"});
  REQUIRE(verify(recorded(without.memory)).size() == laws - 7);
}

TEST_CASE("each law of energy says where it is broken") {
  const Memory whole = lawful().memory;
  RecordedRun run = recorded(whole);
  const auto broken = [&](auto&& change) {
    RecordedRun changed = recorded(whole);
    change(changed);
    return laws_broken_by(changed);
  };
  const std::string turn =
      fmt::format("round {}, client {}, turn {}", run.turns[7].round, raw(run.turns[7].client), run.turns[7].turn);
  // A second of waiting that nobody was there for: the seconds do not add up, and its energy is missing.
  const std::string seconds = broken([](RecordedRun& r) { r.turns[7].idle_s += 1; });
  CHECK_THAT(seconds, Catch::StartsWith("the seconds of a turn add up: " + turn + ": received for "));
  CHECK_THAT(seconds, Catch::Contains("energy is power times time: " + turn + ": drew "));
  // A joule more in one turn: no power times time, nor the sum of its round; the clients' sums know nothing of turns.
  const std::string joule = broken([](RecordedRun& r) { r.turns[7].spent.energy.compute_j += 1; });
  CHECK_THAT(joule, Catch::StartsWith("energy is power times time: " + turn));
  CHECK_THAT(joule, Catch::Contains("the trace's energy is the rounds': round 1: the trace spent "));
  // Another power of a client.
  const std::uint32_t client = raw(run.turns[7].client);
  CHECK_THAT(broken([&](RecordedRun& r) { r.clients[client].power.idle_w *= 1.001; }),
             Catch::StartsWith("energy is power times time: "));
  // A round that wasted more than it spent.
  const std::string waste =
      broken([](RecordedRun& r) { r.rounds[2].wasted.energy.send_j = r.rounds[2].spent.energy.send_j + 1; });
  CHECK_THAT(waste, Catch::StartsWith("wasted energy is a part of what is spent: round 3: wasted "));
  // Carbon that no turn stands for.
  CHECK_THAT(broken([](RecordedRun& r) { r.rounds[2].spent.carbon_g *= 2; }),
             Catch::StartsWith("the trace's energy is the rounds': round 3: the trace spent ") &&
                 Catch::Contains(" g of carbon, the round "));
  // A client's sums.
  CHECK_THAT(broken([&](RecordedRun& r) { r.clients[client].energy_j += 1; }),
             Catch::StartsWith("the clients' energy is the rounds': the clients drew "));
  CHECK_THAT(broken([&](RecordedRun& r) { r.clients[client].wasted_j = r.clients[client].energy_j + 1; }),
             Catch::StartsWith(fmt::format("the clients' energy is the rounds': client {}: wasted ", client)));
  // Metered bytes.
  CHECK_THAT(broken([](RecordedRun& r) { r.turns[7].spent.metered_bytes += 1; }),
             Catch::StartsWith("metered bytes are those of metered links: " + turn));
  CHECK_THAT(broken([](RecordedRun& r) { r.rounds[1].spent.metered_bytes = -1; }),
             Catch::StartsWith("metered bytes are a part of all: round 2: -1 bytes, of these wasted "));
}

TEST_CASE("a run that was cut short may have turns that no round has") {
  RecordedRun run = recorded(lawful().memory);
  run.rest.reset();
  REQUIRE(laws_broken_by(run).empty());
}
