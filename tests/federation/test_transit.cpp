// Turns over shared links.

#include <algorithm>

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

// Ten clients with 10 samples each; a turn alone takes 1 s of latency and next to nothing else.
const char* kCalm = R"(
seed: 3
data: {dataset: blobs, samples: 100, test_samples: 50, features: 4, clients: 10}
model: {name: softmax}
training: {batch_size: 5, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: synchronous, cohort: 4}
fleet:
  device: {compute: 1000 TFLOP/s}
  link: {down: 1000 Gbit/s, up: 1000 Gbit/s, latency: 500 ms}
stop: {rounds: 8}
)";

const std::vector<std::string> kProtocols = {
    "protocol={name: synchronous, cohort: 5, over_selection: 1.4, deadline: 90 s}",
    "protocol={name: buffered, concurrency: 12, buffer: 5, retry: 5 s}"};

Played storm(const std::string& protocol, std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), {protocol, "stop.rounds=30"});
  return play_text(kStormy, overrides);
}

}  // namespace

TEST_CASE("clients that share the server's link wait for each other") {
  const Played alone = play_text(kCalm);
  const RoundRecord& round = alone.memory.rounds.front();
  const double bytes = static_cast<double>(round.spent.bytes_up) / 4;
  CHECK(round.committed.seconds() == Approx(1.0).epsilon(1e-6));
  // Four reports at once over so many bit/s that one alone takes 2 s: 8 s. The download and the latencies take 1 s.
  const std::string rate = fmt::format("{} bit/s", bytes * 8 / 2);
  const Played up = play_text(kCalm, {"fleet.shared.server.up=" + rate});
  CHECK(up.memory.rounds.front().committed.seconds() == Approx(9.0).epsilon(1e-6));
  const Played both = play_text(kCalm, {"fleet.shared.server={up: " + rate + ", down: " + rate + "}"});
  CHECK(both.memory.rounds.front().committed.seconds() == Approx(17.0).epsilon(1e-6));
  // Nothing else changes: the same cohorts and the same weights.
  CHECK(both.memory.rounds.back().update_norm == alone.memory.rounds.back().update_norm);
}

TEST_CASE("cells share among their own") {
  // As many cells as it takes for some of four clients to be alone in one: between one report's time and four.
  const RoundRecord round = play_text(kCalm).memory.rounds.front();
  const std::string rate = fmt::format("{} bit/s", static_cast<double>(round.spent.bytes_up) / 4 * 8 / 2);
  const auto length = [&](const std::string& count) {
    const Played p = play_text(kCalm, {"fleet.shared.cell={count: " + count + ", up: " + rate + "}"});
    return p.memory.rounds.front().committed.seconds();
  };
  CHECK(length("1") == Approx(9.0).epsilon(1e-6));
  CHECK(length("100000") == Approx(3.0).epsilon(1e-6));  // 4 of 10 clients in one of 100,000 cells: almost never
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

TEST_CASE("shared links: every dispatch has one end, phases are in order, and threads leave no trace") {
  for (const std::string& protocol : kProtocols) {
    const std::vector<std::string> shared = {
        "fleet.shared={server: {down: 300 kbit/s, up: 100 kbit/s}, cell: {count: 3, up: 60 kbit/s}}"};
    const auto with = [&](const std::string& more) { return storm(protocol, {shared.front(), more}); };
    const Played p = with("execution.executor=inline");
    REQUIRE(p.outcomes(Outcome::crash) > 0);
    REQUIRE(p.outcomes(Outcome::left) > 0);
    REQUIRE(p.memory.rounds.back().committed > storm(protocol).memory.rounds.back().committed);
    std::int64_t dispatched = 0, ended = 0;
    for (const auto* records : {&p.memory.rounds, &p.memory.rest}) {
      for (const RoundRecord& r : *records) {
        dispatched += r.dispatched;
        for (const std::int64_t count : r.outcomes) ended += count;
      }
    }
    REQUIRE(dispatched == ended);
    std::int64_t whole_up = 0;
    for (const ClientTrace& turn : p.memory.turns) whole_up = std::max(whole_up, turn.spent.bytes_up);
    for (const ClientTrace& turn : p.memory.turns) {
      REQUIRE(turn.dispatched <= turn.downloaded);
      REQUIRE(turn.downloaded <= turn.computed);
      REQUIRE(turn.spent.bytes_up >= 0);
      REQUIRE((turn.outcome == Outcome::reported) <= (turn.spent.bytes_up == whole_up));
      if (turn.phase == ClientPhase::download) REQUIRE(turn.spent.compute_s == 0);
    }
    for (const std::string threads : {"1", "2", "8"}) {
      REQUIRE(with("execution.threads=" + threads).bits() == p.bits());
    }
  }
}
