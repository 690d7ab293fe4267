// Google's system under random settings and every kind of failure: the laws of all runs, and its own.

#include "sim/base/distributions.h"
#include "tests/catch.h"
#include "tests/support/check_ins.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// Random settings of one run; the draws are named by its number.
class Dice {
 public:
  explicit Dice(std::uint32_t run) : stream_(99, Purpose::cohort, run) {}
  std::string whole(std::uint32_t low, std::uint32_t high) {
    return std::to_string(low + uniform_below(stream_, high - low + 1));
  }
  std::string real(double low, double high) { return std::to_string(low + (high - low) * uniform(stream_)); }
  std::string seconds(double low, double high) { return real(low, high) + " s"; }
  bool one_in(std::uint32_t n) { return uniform_below(stream_, n) == 0; }

 private:
  Stream stream_;
};

std::vector<std::string> settings(std::uint32_t run) {
  Dice dice(run);
  std::string protocol = "protocol={name: check_in, cohort: " + dice.whole(1, 12) +
                         ", over_selection: " + dice.real(1, 2) + ", selection_timeout: " + dice.seconds(2, 60) +
                         ", minimum_selected: " + dice.real(0.1, 1) + ", minimum_reported: " + dice.real(0.1, 1) +
                         ", deadline: " + dice.seconds(1, 30) +
                         ", traffic: 7 s, give_up: 200, plan: " + dice.whole(0, 20000) + " B";
  if (dice.one_in(2)) protocol += ", every: " + dice.seconds(1, 20);
  if (dice.one_in(3)) protocol += ", pipelined: false";
  protocol += ", pace: {small: " + dice.whole(0, 8) + ", least: " + dice.seconds(1, 20) +
              ", spread: " + dice.seconds(0, 5) + ", period: " + dice.seconds(5, 60) +
              (dice.one_in(3) ? ", steering: false}" : "}");
  protocol += ", actors: {selectors: " + dice.whole(1, 4) + ", headroom: " + dice.real(1, 3) +
              ", devices_per_aggregator: " + dice.whole(1, 6) + ", restart: " + dice.seconds(0.1, 10);
  for (const char* actor : {"coordinator", "selector", "master", "aggregator"}) {
    if (dice.one_in(2)) protocol += std::string(", ") + actor + "_life: " + dice.seconds(5, 100);
  }
  std::vector<std::string> all = {protocol + "}}", "seed=" + dice.whole(1, 1000), "stop={rounds: 15, time: 1 h}",
                                  "timing=only",   "evaluate.per_client=0",       "algorithm.name=fedavg"};
  if (dice.one_in(3)) all.push_back("fleet.shared={server: {down: 2 Mbit/s, up: 1 Mbit/s}}");
  if (dice.one_in(3)) all.push_back("fleet.interruption=resume");
  if (dice.one_in(3)) all.push_back("fleet.dropout.recovery=30 s");
  return all;
}

}  // namespace

TEST_CASE("whatever the settings and failures, the laws hold and every check-in has one end") {
  std::int64_t committed = 0, late = 0, failures = 0;
  for (std::uint32_t number = 0; number < 400; ++number) {
    INFO("settings " << number);
    const CheckedIn run = check_in_text(kStormy, settings(number));
    REQUIRE(broken_laws(run.memory()) == "");
    const auto turns = static_cast<std::int64_t>(run.memory().turns.size());
    REQUIRE(run.count(TrafficCount::selected) == turns);
    const std::int64_t waiting = run.count(TrafficCount::check_ins) - run.count(TrafficCount::selected) -
                                 run.count(TrafficCount::rejected) - run.count(TrafficCount::refused) -
                                 run.count(TrafficCount::gone);
    REQUIRE(waiting >= 0);
    REQUIRE(waiting <= 60);
    const std::int64_t ends =
        run.count(TrafficCount::reported) + run.count(TrafficCount::late) + run.count(TrafficCount::lost);
    REQUIRE(ends <= turns);
    std::int64_t shapes = 0;
    for (const auto& [text, times] : run.sessions.shapes) shapes += times;
    REQUIRE(shapes == ends + run.count(TrafficCount::gone));
    REQUIRE(run.shape("-v[]+^") == run.count(TrafficCount::reported));
    REQUIRE(run.count(TrafficCount::respawns) <= run.count(TrafficCount::coordinator_failures));
    REQUIRE(run.count(TrafficCount::coordinator_failures) <= run.count(TrafficCount::respawns) + 1);
    REQUIRE(run.count(TrafficCount::rounds) == static_cast<std::int64_t>(run.memory().rounds.size()));
    committed += run.count(TrafficCount::rounds);
    late += run.count(TrafficCount::late);
    failures += run.count(TrafficCount::master_failures) + run.count(TrafficCount::aggregator_failures);
  }
  // Storms, and not standstills.
  REQUIRE(committed > 2000);
  REQUIRE(late > 1000);
  REQUIRE(failures > 500);
}
