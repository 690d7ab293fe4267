#include "sim/experiment/explain.h"

#include <algorithm>
#include <cmath>

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Explanation explain_text(const std::vector<std::string>& overrides, std::uint64_t most_turns = 1000000) {
  ExperimentConfig config = read_text_experiment(kStormy, overrides);
  return explain(config, most_turns);
}

/// Nothing fails and nothing varies from turn to turn; devices and links still differ.
const std::vector<std::string> kCalm = {"fleet.availability={model: always}", "fleet.dropout.probability=0",
                                        "fleet.device.jitter=0", "fleet.link.jitter=0 s"};

std::vector<std::string> calm(const std::vector<std::string>& more) {
  std::vector<std::string> all = kCalm;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_CASE("where nothing varies, the expected phases of a turn are those of every turn") {
  const auto overrides = calm({"protocol={name: synchronous, cohort: 60}", "timing=only", "evaluate.per_client=0"});
  ExperimentConfig config = read_text_experiment(kStormy, overrides);
  const Assembly assembly = assemble(config);
  const auto expected = expected_turns(config, assembly);
  const Played played = play_text(kStormy, overrides);
  REQUIRE(played.memory.turns.size() > 500);
  for (const ClientTrace& turn : played.memory.turns) {
    const auto& of = expected.at(raw(turn.client));
    REQUIRE(of);
    REQUIRE((turn.downloaded - turn.dispatched).seconds() == Approx(of->download_s).epsilon(1e-6));
    REQUIRE((turn.computed - turn.downloaded).seconds() == Approx(of->compute_s).epsilon(1e-6));
    REQUIRE((turn.ended - turn.computed).seconds() == Approx(of->upload_s).epsilon(1e-6));
  }
}

TEST_CASE("a round that waits for everyone takes as long as the slowest client") {
  const auto overrides = calm({"protocol={name: synchronous, cohort: 60}", "fleet.link.latency=1 s"});
  ExperimentConfig config = read_text_experiment(kStormy, overrides);
  const Assembly assembly = assemble(config);
  double slowest = 0;
  double holders = 0;
  for (const auto& turn : expected_turns(config, assembly)) {
    slowest = std::max(slowest, turn ? turn->seconds() : 0);
    holders += turn ? 1 : 0;
  }
  const Explanation x = explain_text(overrides);
  REQUIRE(x.round_s == Approx(slowest).epsilon(1e-6));
  REQUIRE(x.median_round_s == Approx(slowest).epsilon(1e-6));
  REQUIRE(x.slow_round_s == Approx(slowest).epsilon(1e-6));
  REQUIRE(x.rounds_a_day == Approx(86400 / slowest).epsilon(1e-6));
  // Every client gets and sends the model of 12 x 16 + 16 + 16 x 10 + 10 weights of 4 bytes once a round.
  REQUIRE(x.dispatched == holders);
  REQUIRE(x.bytes_down >= holders * 4 * 378);
  REQUIRE(x.bytes_down == x.bytes_up);
  REQUIRE(x.outcomes[0] == 1);
  REQUIRE(x.used_work == 1);
  REQUIRE(x.to_the_end);
  REQUIRE(x.end == "reached 12 rounds");
  REQUIRE(*x.end_s == Approx(12 * slowest).epsilon(1e-6));
}

TEST_CASE("an explanation of the whole timeline is what the run is going to record, to the last bit") {
  const Explanation x = explain_text({});
  const Played played = play_text(kStormy);  // trained
  const std::vector<RoundRecord>& rounds = played.memory.rounds;
  REQUIRE(x.rounds == static_cast<std::int64_t>(rounds.size()));
  REQUIRE(x.round_s == rounds.back().committed.seconds() / 12);
  REQUIRE(x.bytes_up == static_cast<double>(rounds.back().total_bytes_up) / 12);
  REQUIRE(x.turns == played.memory.turns.size());
  double crashed = 0, ended = 0, all = 0, wasted = 0;
  for (const RoundRecord& round : rounds) {
    crashed += static_cast<double>(round.outcomes[static_cast<std::size_t>(Outcome::crash)]);
    for (const std::int64_t count : round.outcomes) ended += static_cast<double>(count);
    all += round.spent.compute_s;
    wasted += round.wasted.compute_s;
  }
  REQUIRE(x.outcomes[static_cast<std::size_t>(Outcome::crash)] == crashed / ended);
  REQUIRE(x.used_work == Approx(1 - wasted / all).epsilon(1e-12));
}

TEST_CASE("tenths of the clients are in the order of their speed and hold each client with samples once") {
  const Explanation x = explain_text({"data.partition={scheme: shards, shards_per_client: 2}"});
  REQUIRE(x.deciles.size() == 10);
  std::uint32_t clients = 0;
  std::uint64_t turns = 0;
  double seconds = 0;
  for (std::size_t i = 0; i < x.deciles.size(); ++i) {
    if (i > 0) REQUIRE(x.deciles[i].turn.seconds() >= x.deciles[i - 1].turn.seconds());
    clients += x.deciles[i].clients;
    turns += x.deciles[i].dispatched;
    seconds += x.deciles[i].turn.seconds() * x.deciles[i].clients;
    REQUIRE(x.deciles[i].reported <= x.deciles[i].dispatched);
  }
  REQUIRE(clients == x.holders);
  REQUIRE(turns == x.turns);
  REQUIRE(x.all.dispatched == x.turns);
  REQUIRE(x.all.turn.seconds() == Approx(seconds / clients).epsilon(1e-9));
  REQUIRE(explain_text({"data.clients=7", "protocol.cohort=4"}).deciles.size() == 7);
}

TEST_CASE("a part of the timeline foretells the end of the run") {
  const std::vector<std::string> long_run = {"stop={rounds: 2000}", "timing=only", "evaluate.per_client=0"};
  const Explanation part = explain_text(long_run, 8000);
  const Explanation whole = explain_text(long_run);
  REQUIRE_FALSE(part.to_the_end);
  REQUIRE(part.turns >= 8000);
  REQUIRE(part.turns < 8100);
  REQUIRE(part.end == "stop.rounds");
  REQUIRE(*part.end_rounds == 2000);
  REQUIRE(*part.end_s == Approx(*whole.end_s).epsilon(0.1));
  const Explanation by_bytes = explain_text({"stop={rounds: 2000, bytes: 5 MB, time: 100 d}"}, 500);
  REQUIRE(by_bytes.end == "stop.bytes");
  REQUIRE(*by_bytes.end_rounds < 2000);
  const Explanation by_time = explain_text({"stop={rounds: 20000000, time: 10 d}"}, 500);
  REQUIRE(by_time.end == "stop.time");
  REQUIRE(*by_time.end_s == Approx(864000));
}

TEST_CASE("where only an accuracy ends the run, its end is unknown, and said to be") {
  const Explanation x = explain_text({"stop={accuracy: 0.9}"}, 2000);
  REQUIRE(x.ends_by_accuracy);
  REQUIRE(x.end == "unknown before running");
  REQUIRE_FALSE(x.end_s);
  REQUIRE(x.round_s > 0);
}

TEST_CASE("rounds that never commit leave what is a round's unknown") {
  const Explanation x = explain_text(
      {"protocol={name: synchronous, cohort: 10, deadline: 1 ms, give_up: 3}", "data.partition={scheme: iid}"});
  REQUIRE(x.rounds == 0);
  REQUIRE(std::isnan(x.round_s));
  REQUIRE(x.outcomes[static_cast<std::size_t>(Outcome::deadline)] == 1);
  REQUIRE(x.end.starts_with("gave up after 3 "));
}

TEST_CASE("where links are shared, the table says that its clients are alone, and the timeline is slower") {
  const Explanation alone = explain_text({});
  const Explanation shared = explain_text({"fleet.shared.server={down: 300 kbit/s, up: 100 kbit/s}"});
  CHECK(!alone.shares_links);
  CHECK(shared.shares_links);
  CHECK(shared.all.turn.seconds() == alone.all.turn.seconds());
  CHECK(shared.round_s > alone.round_s);
}
