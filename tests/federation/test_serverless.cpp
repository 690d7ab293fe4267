// Protocols without one server under everything that can happen to a turn.

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const std::vector<std::string> kProtocols = {
    "{name: gossip, topology: {name: regular, degree: 6}, deadline: 60 s, retry: 5 s}",
    "{name: gossip, topology: {name: exponential}, weights: push_sum, deadline: 60 s, retry: 5 s}",
    "{name: asynchronous_gossip, topology: {name: regular, degree: 6}, retry: 5 s}",
    "{name: hierarchical, levels: [{groups: 6, rounds: 2}, {groups: 2}], deadline: 60 s, retry: 5 s}",
    "{name: cyclic, order: shuffled, deadline: 20 s, retry: 5 s}",
};

}  // namespace

TEST_CASE("no server, and everything that can happen: every law holds, and threads leave no trace") {
  const std::vector<std::string> world = {
      "fleet.energy={model: drawn, compute: 4 W, receive: 2 W, send: 3 W, idle: 1 W, send_per_megabyte: 5 J}",
      "fleet.availability={model: conditions, idle: {model: on_off, on: 60 s, off: 10 s}, charging: {model: on_off, "
      "on: "
      "90 s, off: 10 s}, unmetered: {model: on_off, on: 90 s, off: 5 s}}",
      "fleet.battery={model: drawn, capacity: {distribution: uniform, low: 5 J, high: 40 J}, charge: 2 W, use: 100 mW, "
      "minimum: 0.3, stop: 0.2, charging: {model: on_off, on: 60 s, off: 20 s}}",
      "fleet.outages={regions: 5, every: 100 s, duration: 10 s}",
      "fleet.dropout={probability: 0.1, recovery: 30 s}",
      "fleet.link.metered=0.2",
      "stop.rounds=6"};
  for (const std::string& protocol : kProtocols) {
    for (const std::string links :
         {"{}", "{server: {down: 3 Mbit/s, up: 1 Mbit/s}, cell: {count: 3, up: 600 kbit/s}}"}) {
      for (const std::string policy : {"abort", "resume"}) {
        CAPTURE(protocol, links, policy);
        const auto run = [&](const std::string& threads) {
          std::vector<std::string> all = world;
          all.insert(all.end(), {"protocol=" + protocol, "fleet.shared=" + links, "fleet.interruption=" + policy,
                                 "execution.threads=" + threads});
          return play_text(kStormy, all);
        };
        const Played p = run("1");
        REQUIRE(p.memory.rounds.size() == 6);
        REQUIRE(broken_laws(p.memory) == "");
        REQUIRE(p.outcomes(Outcome::battery) + p.outcomes(Outcome::crash) > 0);
        REQUIRE(p.bits() == run("2").bits());
        REQUIRE(p.bits() == run("8").bits());
      }
    }
  }
}

TEST_CASE("a client whose device has too little memory for the model is no node") {
  // Some are too small: they are never dispatched to.
  const std::string memory = "fleet.device={catalog: drawn, memory: {distribution: uniform, low: 0 B, high: 1200 B}}";
  for (const std::string protocol :
       {"gossip, topology: {name: complete}", "asynchronous_gossip, topology: {name: ring}"}) {
    const std::vector<std::string> overrides = {"protocol={name: " + protocol + "}", memory, "stop.rounds=3"};
    ExperimentConfig config = read_text_experiment(kOneSecondTurns, overrides);
    const Assembly assembly = assemble(config);
    const std::uint32_t out = assembly.population->too_small();
    REQUIRE(out > 0);
    REQUIRE(out < 9);
    const Played p = play_text(kOneSecondTurns, overrides);
    for (const ClientTrace& turn : p.memory.turns) REQUIRE(assembly.population->can_hold(turn.client));
    if (protocol.starts_with("gossip")) REQUIRE(p.memory.rounds.front().dispatched == 10 - out);
  }
}

TEST_CASE("a scheme of selection is refused where nobody is selected") {
  const auto run = [](const std::string& protocol) {
    play_text(kOneSecondTurns, {"protocol=" + protocol, "selection={name: poisson}", "timing=only"});
  };
  for (const std::string name :
       {"gossip", "asynchronous_gossip", "cyclic", "check_in, cohort: 3", "hierarchical, levels: [{groups: 2}]"}) {
    INFO(name);
    REQUIRE_THROWS_WITH(
        run("{name: " + name + "}"),
        Catch::Contains("poisson has no part in this protocol, in which nobody is selected; remove it"));
  }
  REQUIRE_NOTHROW(run("{name: hierarchical, levels: [{groups: 2}], cohort: 2}"));
  REQUIRE_NOTHROW(run("{name: synchronous, cohort: 4}"));
}
