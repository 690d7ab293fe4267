// Google's system: actors that fail, one at a time and all together, and what is lost with them.

#include <algorithm>
#include <set>

#include "tests/catch.h"
#include "tests/support/check_ins.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

std::vector<std::string> with(std::vector<std::string> overrides, const std::string& actors) {
  overrides.push_back("protocol.actors={devices_per_aggregator: 5, selectors: 4, " + actors + "}");
  overrides.push_back("protocol.minimum_reported=0.1");
  return overrides;
}

CheckedIn crowd(const std::string& actors) { return check_in_text(kCrowd, with({}, actors)); }

const CheckedIn& undisturbed() {
  static const CheckedIn run = crowd("headroom: 1.5");
  return run;
}

std::string kill(const std::string& actor, int number, Time at) {
  return "headroom: 1.5, kill: [{actor: " + actor + ", number: " + std::to_string(number) +
         ", at: " + std::to_string(at.ns) + " ns}]";
}

std::vector<ClientTrace> of_round(const CheckedIn& run, Time started) {
  std::vector<ClientTrace> turns;
  for (const ClientTrace& turn : run.memory().turns) {
    if (turn.dispatched == started) turns.push_back(turn);
  }
  return turns;
}

std::int64_t count(const std::vector<ClientTrace>& turns, Outcome outcome) {
  return std::count_if(turns.begin(), turns.end(), [&](const ClientTrace& t) { return t.outcome == outcome; });
}

}  // namespace

TEST_CASE("a killed aggregator loses only its devices") {
  // In the middle of round 10, when some of the devices have reported.
  const RoundRecord& round = undisturbed().memory().rounds[9];
  const Time at = round.started + Duration::from_seconds(10);
  const CheckedIn run = crowd(kill("aggregator", 2, at));
  const auto before = of_round(undisturbed(), round.started), after = of_round(run, round.started);
  REQUIRE(before.size() == 26);
  REQUIRE(after.size() == 26);
  std::set<std::uint32_t> lost;
  for (const ClientTrace& turn : after) {
    if (turn.outcome == Outcome::abandoned) lost.insert(raw(turn.client));
  }
  REQUIRE(lost.size() == 5);
  REQUIRE(run.count(TrafficCount::aggregator_failures) == 1);
  REQUIRE(run.count(TrafficCount::failed_rounds) == 0);
  // The others' turns went on; the round has 20 reports still, of the 21 that are left.
  REQUIRE(count(after, Outcome::reported) == 20);
  REQUIRE(run.memory().rounds[9].started == round.started);
  REQUIRE(run.memory().rounds.size() == undisturbed().memory().rounds.size());
  REQUIRE(run.shape("-v[*") + run.shape("-v[]+*") + run.shape("-*") > 0);
  REQUIRE(broken_laws(run.memory()) == "");
  // There is no tenth aggregator, and between rounds none at all.
  REQUIRE(crowd(kill("aggregator", 10, at)).bits() == undisturbed().bits());
  REQUIRE(crowd(kill("aggregator", 0, round.committed + Duration::from_seconds(20))).bits() == undisturbed().bits());
}

TEST_CASE("a killed master loses only its round, which is done again from the last version") {
  const RoundRecord& round = undisturbed().memory().rounds[9];
  const Time at = round.started + Duration::from_seconds(10);
  const CheckedIn run = crowd(kill("master", 0, at));
  const auto lost = of_round(run, round.started);
  REQUIRE(lost.size() == 26);
  for (const ClientTrace& turn : lost) {
    REQUIRE(turn.outcome == Outcome::abandoned);
    REQUIRE(turn.ended <= at);
  }
  const RoundRecord& again = run.memory().rounds[9];
  REQUIRE(again.round == 10);
  REQUIRE(again.abandoned_rounds == 1);
  REQUIRE(again.started > at);
  for (const ClientTrace& turn : of_round(run, again.started)) REQUIRE(turn.version == 9);
  // Nobody who waited at a selector was lost, and no other round.
  REQUIRE(run.count(TrafficCount::gone) == 0);
  REQUIRE(run.count(TrafficCount::failed_rounds) == 1);
  REQUIRE(run.memory().rounds.size() == undisturbed().memory().rounds.size());
  for (std::size_t i = 0; i < 9; ++i) {
    REQUIRE(run.memory().rounds[i].committed == undisturbed().memory().rounds[i].committed);
  }
  REQUIRE(broken_laws(run.memory()) == "");
}

TEST_CASE("a killed selector loses only those who wait at it") {
  const RoundRecord& round = undisturbed().memory().rounds[9];
  const Time at = round.started + Duration::from_seconds(50);
  const CheckedIn run = crowd(kill("selector", 1, at));
  REQUIRE(run.count(TrafficCount::selector_failures) == 1);
  REQUIRE(run.count(TrafficCount::gone) > 0);
  REQUIRE(run.shape("-*") == run.count(TrafficCount::gone));
  // About a quarter of all who wait, certainly not all: each selector holds at most ceil(1.5 * 26 / 4).
  REQUIRE(run.count(TrafficCount::gone) <= 10);
  // The round that had begun, and the turns in it, are as they were.
  for (std::size_t i = 0; i < 10; ++i) {
    REQUIRE(run.memory().rounds[i].committed == undisturbed().memory().rounds[i].committed);
  }
  REQUIRE(run.memory().rounds.size() == undisturbed().memory().rounds.size());
  REQUIRE(broken_laws(run.memory()) == "");
}

TEST_CASE("a killed coordinator is started anew once, and its round goes on") {
  const RoundRecord& round = undisturbed().memory().rounds[9];
  const Time at = round.started + Duration::from_seconds(5);
  // The selectors notice within 200 s: the next round waits for them.
  const CheckedIn run = crowd("restart: 200 s, " + kill("coordinator", 0, at));
  REQUIRE(run.count(TrafficCount::coordinator_failures) == 1);
  REQUIRE(run.count(TrafficCount::respawns) == 1);
  REQUIRE(run.memory().rounds[9].committed == round.committed);
  REQUIRE(run.count(TrafficCount::failed_rounds) == 0);
  REQUIRE(run.memory().rounds[10].started >= undisturbed().memory().rounds[10].started);
  REQUIRE(run.memory().rounds.size() == undisturbed().memory().rounds.size());
  // Killed twice while it is gone: once is all.
  const std::string ns = std::to_string(at.ns), later = std::to_string(at.ns + 1);
  const CheckedIn twice = crowd("restart: 200 s, headroom: 1.5, kill: [{actor: coordinator, at: " + ns +
                                " ns}, {actor: coordinator, at: " + later + " ns}]");
  REQUIRE(twice.bits() == run.bits());
}

TEST_CASE("with every actor failing and devices too, the laws hold and threads leave no trace") {
  const std::vector<std::string> storm = {
      "protocol={name: check_in, cohort: 8, deadline: 20 s, selection_timeout: 30 s, minimum_selected: 0.5, "
      "minimum_reported: 0.5, pace: {small: 0, least: 5 s}, actors: {selectors: 2, devices_per_aggregator: 3, restart: "
      "3 s, "
      "coordinator_life: 40 s, selector_life: 30 s, master_life: 20 s, aggregator_life: 30 s}}",
      "stop.rounds=25"};
  const auto play_storm = [&](const std::string& execution) {
    std::vector<std::string> overrides = storm;
    overrides.push_back(execution);
    return check_in_text(kStormy, overrides);
  };
  const CheckedIn serial = play_storm("execution.executor=inline");
  REQUIRE(serial.memory().rounds.size() == 25);
  for (const TrafficCount what :
       {TrafficCount::coordinator_failures, TrafficCount::selector_failures, TrafficCount::master_failures,
        TrafficCount::aggregator_failures, TrafficCount::respawns, TrafficCount::late, TrafficCount::lost}) {
    INFO(name(what));
    REQUIRE(serial.count(what) > 0);
  }
  REQUIRE(broken_laws(serial.memory()) == "");
  // What nobody uses is not computed: trainings are as many as reports that were accepted.
  REQUIRE(serial.played.result.accepted_jobs == static_cast<std::uint64_t>(serial.played.outcomes(Outcome::reported)));
  for (const std::string threads : {"1", "2", "8"}) {
    INFO(threads << " threads");
    REQUIRE(play_storm("execution.threads=" + threads).bits() == serial.bits());
  }
  REQUIRE(check_in_text(kStormy, {storm[0], storm[1], "seed=4"}).bits() != serial.bits());
  // Without training it is the same timeline.
  const CheckedIn timing = check_in_text(kStormy, {storm[0], storm[1], "timing=only", "evaluate.per_client=0"});
  REQUIRE(timing.sessions.shapes == serial.sessions.shapes);
  REQUIRE(timing.memory().turns.size() == serial.memory().turns.size());
  REQUIRE(timing.memory().rounds.back().committed == serial.memory().rounds.back().committed);
}

TEST_CASE("mistakes in the actors are refused at their place") {
  const auto mistake = [](const std::string& override_text) -> std::string {
    try {
      read_text_experiment(kCrowd, {override_text});
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  REQUIRE_THAT(mistake("protocol.actors={kill: [{actor: worker, at: 1 s}]}"),
               Catch::Contains("worker") && Catch::Contains("coordinator"));
  REQUIRE_THAT(mistake("protocol.actors={kill: [{actor: master}]}"), Catch::Contains("at"));
  REQUIRE_THAT(mistake("protocol.actors={selectors: 0}"), Catch::Contains("must be between 1 and 1000"));
  REQUIRE_THAT(mistake("protocol.actors={master_life: 1 ms}"), Catch::Contains("must be at least 1 s"));
  REQUIRE_THAT(mistake("protocol.minimum_reported=0"), Catch::Contains("must be greater than 0 and at most 1"));
}
