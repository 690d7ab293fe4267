// What cuts turns short or makes them wait: batteries, clients that leave and come back, crashes, too little memory.

#include <set>

#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const std::vector<std::string> kProtocols = {
    "protocol={name: synchronous, cohort: 5, over_selection: 1.4, deadline: 60 s, minimum_reports: 2, retry: 5 s}",
    "protocol={name: buffered, concurrency: 12, buffer: 5, retry: 5 s}"};
const std::vector<std::string> kLinks = {
    "fleet.shared={}", "fleet.shared={server: {down: 300 kbit/s, up: 100 kbit/s}, cell: {count: 3, up: 60 kbit/s}}"};
const std::string kPower =
    "fleet.energy={model: drawn, compute: 4 W, receive: 2 W, send: 3 W, idle: 1 W, send_per_megabyte: 5 J}";

/// All clients are there in the same seconds of every 100.
std::string hours(const TempFile& file) {
  return "fleet.availability={model: trace, period: 100 s, shift: false, assignment: random, path: " + file.path() +
         "}";
}

std::int64_t ends(const Memory& memory, Outcome outcome) {
  std::int64_t sum = 0;
  for (const ClientTrace& turn : memory.turns) sum += turn.outcome == outcome ? 1 : 0;
  return sum;
}

}  // namespace

TEST_CASE("a turn that may pause goes on when its client is back") {
  // 0.5 s of latency, next to no transfer and computing, 0.5 s of latency. Away from 0.6 s to 10 s: of the second half
  // second 0.4 s are left.
  const TempFile file("client,begin,end\n0,0,0.6\n0,10,100\n");
  const Played lost = play_text(kOneSecondTurns, {hours(file), "stop.rounds=1"});
  CHECK(lost.memory.turns.front().outcome == Outcome::left);
  CHECK(lost.memory.turns.front().ended.seconds() == Approx(0.6));
  const Played p = play_text(kOneSecondTurns, {hours(file), "stop.rounds=1", "fleet.interruption=resume"});
  CHECK(p.memory.rounds.front().committed.seconds() == Approx(10.4));
  for (const ClientTrace& turn : p.memory.turns) {
    CHECK(turn.outcome == Outcome::reported);
    CHECK(turn.away_s == Approx(9.4));
  }
  REQUIRE(broken_laws(p.memory).empty());
}

TEST_CASE("a transfer that pauses has moved what it has moved") {
  // Reports over a link on which one takes 8 s: 0.5 s + 0.5 s + 8 s. Away from 3 s to 20 s: 2 s of the 8 are over.
  const RoundRecord round = play_text(kOneSecondTurns, {"stop.rounds=1"}).memory.rounds.front();
  const double bytes = static_cast<double>(round.spent.bytes_up) / 4;
  const std::string link = fmt::format("fleet.link={{down: 1000 Gbit/s, up: {} bit/s, latency: 500 ms}}", bytes);
  const TempFile file("client,begin,end\n0,0,3\n0,20,100\n");
  const Played p = play_text(kOneSecondTurns, {hours(file), link, "stop.rounds=1", "fleet.interruption=resume",
                                               "fleet.energy={model: drawn, send: 2 W}"});
  CHECK(p.memory.rounds.front().committed.seconds() == Approx(26));
  CHECK(p.memory.rounds.front().spent.bytes_up == round.spent.bytes_up);
  // 4 turns of 8 s at 2 W; while they are away nothing is drawn.
  CHECK(p.memory.rounds.front().spent.energy.send_j == Approx(4 * 16));
  REQUIRE(broken_laws(p.memory).empty());
}

TEST_CASE("computing that pauses goes on where it was") {
  // 100 samples among 10 clients, a softmax of 4 features: the FLOPs that take 1 s at this rate.
  const Played quick = play_text(kOneSecondTurns, {"stop.rounds=1", "fleet.device.compute=1 MFLOP/s"});
  const double computing = quick.memory.turns.front().spent.compute_s;
  const TempFile file(fmt::format("client,begin,end\n0,0,{}\n0,50,100\n", 0.5 + computing / 4));
  const Played p = play_text(
      kOneSecondTurns, {hours(file), "stop.rounds=1", "fleet.interruption=resume", "fleet.device.compute=1 MFLOP/s"});
  CHECK(p.memory.turns.front().spent.compute_s == Approx(computing));
  CHECK(p.memory.rounds.front().committed.seconds() == Approx(50 + 0.75 * computing + 0.5));
  REQUIRE(broken_laws(p.memory).empty());
}

TEST_CASE("a battery that falls to its lowest level ends the turn") {
  // 100 J and 50 W while waiting: 30 J, which leave 70 %, are drawn in 0.6 s of a turn that waits for 1 s.
  const std::string battery =
      "fleet.battery={model: drawn, capacity: 100 J, start: 1, charge: 0 W, stop: 0.7, minimum: 0.9}";
  const std::string power = "fleet.energy={model: drawn, idle: 50 W}";
  for (const std::string& links : {std::string("fleet.shared={}"), std::string("fleet.shared.server.up=1000 Gbit/s")}) {
    const Played p = play_text(kOneSecondTurns, {battery, power, links, "stop.rounds=2", "protocol.give_up=5"});
    REQUIRE(p.memory.rounds.empty());
    // Four turns each in two selections, and then two clients are left, of which none comes through.
    REQUIRE(ends(p.memory, Outcome::battery) == 10);
    for (const ClientTrace& turn : p.memory.turns) {
      CHECK((turn.ended - turn.dispatched).seconds() == Approx(0.6).epsilon(1e-6));
      CHECK(turn.spent.energy.total() == Approx(30).epsilon(1e-3));
    }
    REQUIRE(broken_laws(p.memory).empty());
  }
}

TEST_CASE("whose battery is too low is not selected") {
  // Turns of 50 J: after one of them 50 % are left, and 60 % are needed.
  const Played p = play_text(kOneSecondTurns,
                             {"fleet.battery={model: drawn, capacity: 100 J, start: 1, charge: 0 W, minimum: 0.6}",
                              "fleet.energy={model: drawn, idle: 50 W}", "protocol.cohort=2", "protocol.give_up=3"});
  std::vector<int> turns(10, 0);
  for (const ClientTrace& turn : p.memory.turns) ++turns[raw(turn.client)];
  CHECK(turns == std::vector<int>(10, 1));
  CHECK(p.result.stopped.text.starts_with("gave up after 3 "));
}

TEST_CASE("a crashed client is away until it has recovered") {
  const Played p = play_text(kOneSecondTurns, {"fleet.dropout={probability: 1, recovery: 1 h}", "protocol.give_up=3",
                                               "protocol.minimum_reports=2", "stop.rounds=2"});
  // Two rounds of four clients crash; then two of ten are left and crash, and nobody is there: it gives up before.
  std::vector<int> turns(10, 0);
  for (const ClientTrace& turn : p.memory.turns) ++turns[raw(turn.client)];
  for (const int each : turns) CHECK(each <= 1);
  const Played again =
      play_text(kOneSecondTurns, {"fleet.dropout={probability: 1, recovery: {distribution: exponential, "
                                  "mean: 10 s}}",
                                  "protocol.give_up=200", "protocol.minimum_reports=2"});
  for (std::size_t i = 0; i < again.memory.turns.size(); ++i) {
    for (std::size_t j = i + 1; j < again.memory.turns.size(); ++j) {
      if (again.memory.turns[i].client == again.memory.turns[j].client) {
        REQUIRE(again.memory.turns[j].dispatched > again.memory.turns[i].ended);
      }
    }
  }
}

TEST_CASE("a model that does not fit is not trained there") {
  // 4 features and the classes of blobs: some hundred weights, three times in float32. Uniform from nothing to twice
  // that.
  ExperimentConfig config = read_text_experiment(kOneSecondTurns, {"fleet.device.memory=1 kB", "data.clients=10"});
  Assembly small = assemble(config);
  const double needed = 12.0 * static_cast<double>(small.layout.size());
  const std::string memory =
      fmt::format("fleet.device.memory={{distribution: uniform, low: 0 B, high: {:.0f} B}}", 2 * needed);
  const std::vector<std::string> overrides = {memory, "protocol={name: buffered, concurrency: 1, buffer: 1}",
                                              "stop.rounds=60"};
  config = read_text_experiment(kOneSecondTurns, overrides);
  const Assembly assembly = assemble(config);
  const std::uint32_t out = assembly.population->too_small();
  REQUIRE(out > 0);
  REQUIRE(out < 10);
  std::set<std::uint32_t> seen;
  for (const ClientTrace& turn : play_text(kOneSecondTurns, overrides).memory.turns) {
    seen.insert(raw(turn.client));
    REQUIRE(assembly.population->can_train(turn.client));
  }
  REQUIRE(seen.size() == 10 - out);
  CHECK_THROWS_WITH(play_text(kOneSecondTurns, {"fleet.device.memory=1 B"}),
                    Catch::Contains("fleet.device.memory: training the model needs ") &&
                        Catch::Contains("which no client's device has; all 10 clients with samples are out"));
}

TEST_CASE("with everything that can happen to a turn, runs obey every law and threads leave no trace") {
  const std::string conditions =
      "fleet.availability={model: conditions, idle: {model: on_off, on: 30 s, off: 10 s}, charging: {model: on_off, "
      "on: "
      "60 s, off: 20 s}, unmetered: {model: on_off, on: 90 s, off: 10 s}}";
  const std::string battery =
      "fleet.battery={model: drawn, capacity: {distribution: uniform, low: 5 J, high: 40 J}, start: {distribution: "
      "uniform, low: "
      "0.2, "
      "high: 1}, charge: 2 W, use: 100 mW, minimum: 0.3, stop: 0.2, charging: {model: on_off, on: 60 s, off: 20 s}}";
  const std::string rest = "fleet.outages={regions: 5, every: 100 s, duration: 10 s}";
  std::int64_t left = 0, unplugged = 0, network = 0;
  for (const std::string& protocol : kProtocols) {
    for (const std::string& links : kLinks) {
      for (const std::string policy : {"abort", "resume"}) {
        CAPTURE(protocol, links, policy);
        const auto run = [&](const std::string& threads) {
          return play_text(kStormy, {protocol, links, kPower, conditions, battery, rest, "fleet.interruption=" + policy,
                                     "fleet.dropout={probability: 0.1, recovery: 30 s}",
                                     "fleet.churn={stay: {distribution: exponential, mean: 2000 s}}",
                                     "fleet.link.metered=0.5", "stop.rounds=12", "execution.threads=" + threads});
        };
        const Played p = run("1");
        REQUIRE(broken_laws(p.memory) == "");
        REQUIRE(ends(p.memory, Outcome::battery) > 0);
        REQUIRE(ends(p.memory, Outcome::crash) > 0);
        if (policy == "abort") {
          left += ends(p.memory, Outcome::left);
          unplugged += ends(p.memory, Outcome::unplugged);
          network += ends(p.memory, Outcome::network);
        } else {
          REQUIRE(ends(p.memory, Outcome::unplugged) == 0);
        }
        REQUIRE(p.bits() == run("2").bits());
        REQUIRE(p.bits() == run("8").bits());
      }
    }
  }
  REQUIRE(left > 0);
  REQUIRE(unplugged > 0);
  REQUIRE(network > 0);
}

TEST_CASE("mistakes about what interrupts turns are said at their place") {
  const auto run = [](const std::string& fleet) { play_text(kOneSecondTurns, {"fleet." + fleet}); };
  CHECK_THROWS_WITH(run("battery={model: drawn}"),
                    Catch::Contains("fleet.battery") && Catch::Contains("needs an energy model: choose"));
  CHECK_THROWS_WITH(run("battery={minimum: 0.5}"), Catch::Contains("fleet.battery.minimum"));
  CHECK_THROWS_WITH(
      run("battery={model: drawn, capacity: 3000 mAh}"),
      Catch::Contains("fleet.battery.capacity: ") &&
          Catch::Contains("\"mAh\" is a charge and no energy; multiply by the voltage: 3000 mAh at 3.85 V"));
  CHECK_THROWS_WITH(run("battery={model: drawn, capacity: 1 Wh, minimum: 0.2, stop: 0.3}"),
                    Catch::Contains("fleet.battery.stop: must be at most minimum, which is 0.2, got 0.3"));
  CHECK_THROWS_WITH(run("interruption=wait"), Catch::Contains("fleet.interruption"));
  CHECK_THROWS_WITH(run("outages={regions: -1}"), Catch::Contains("fleet.outages.regions"));
  CHECK_THROWS_WITH(run("availability={model: conditions, idle: {model: conditions}}"),
                    Catch::Contains("fleet.availability.idle.model"));
}
