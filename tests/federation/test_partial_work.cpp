// Clients that do a part of their training: how much, what it is worth, and that it is the same training.

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// Ten equal clients with 10 samples each in batches of 5: 4 epochs of 2 steps. A turn is 1 s of latency and 4 s of
/// computing, to which the devices' rate is fitted.
Played play_equal(std::vector<std::string> overrides) {
  static const double whole_s = [] {
    const Played p = play_text(kOneSecondTurns, {"training.epochs=4", "fleet.device.compute=1 MFLOP/s"});
    const ClientTrace& turn = p.memory.turns.front();
    return (turn.computed - turn.downloaded).seconds();
  }();
  overrides.insert(overrides.begin(), {"training.epochs=4", "stop.rounds=3",
                                       fmt::format("fleet.device.compute={:.17g} FLOP/s", 1e6 * whole_s / 4)});
  return play_text(kOneSecondTurns, overrides);
}

double computing_s(const ClientTrace& turn) { return (turn.computed - turn.downloaded).seconds(); }

}  // namespace

TEST_CASE("a client does as many whole epochs, or steps, as let it be in time") {
  // 1 s of the window is latency. In 3.8 s, 2.8 s of computing: 2 of 4 epochs, or 5 of 8 steps, of half a second each.
  const Played epochs = play_equal({"protocol.deadline=3.8 s", "protocol.partial_work=epochs"});
  const Played steps = play_equal({"protocol.deadline=3.8 s", "protocol.partial_work=steps"});
  REQUIRE(epochs.memory.rounds.size() == 3);
  for (const RoundRecord& r : epochs.memory.rounds) REQUIRE(r.trained_samples == 4 * 20);
  for (const RoundRecord& r : steps.memory.rounds) REQUIRE(r.trained_samples == 4 * 25);
  for (const ClientTrace& turn : epochs.memory.turns) REQUIRE(computing_s(turn) == Approx(2));
  for (const ClientTrace& turn : steps.memory.turns) REQUIRE(computing_s(turn) == Approx(2.5));
  REQUIRE(broken_laws(epochs.memory) == "");
  // A window of whole epochs and not a nanosecond more is enough for them; with room for all, all is done.
  for (const ClientTrace& turn :
       play_equal({"protocol.deadline=4.00001 s", "protocol.partial_work=epochs"}).memory.turns)
    REQUIRE(computing_s(turn) == Approx(3));
  REQUIRE(play_equal({"protocol.deadline=6 s", "protocol.partial_work=epochs"}).bits() == play_equal({}).bits());
}

TEST_CASE("a part of the training is that training, cut short, bit for bit") {
  const Played two = play_equal({"protocol.deadline=3.8 s", "protocol.partial_work=epochs"});
  REQUIRE(*two.result.weights == *play_equal({"training.epochs=2"}).result.weights);
  const Played five = play_equal({"protocol.deadline=3.8 s", "protocol.partial_work=steps"});
  REQUIRE(*five.result.weights == *play_text(kOneSecondTurns, {"training.steps=5", "stop.rounds=3"}).result.weights);
}

TEST_CASE("who has no time for one epoch does all, and is late") {
  const Played p = play_equal({"protocol.deadline=1.5 s", "protocol.partial_work=epochs", "protocol.give_up=2"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::gave_up);
  REQUIRE(p.outcomes(Outcome::deadline) == static_cast<std::int64_t>(p.memory.turns.size()));
}

TEST_CASE("stragglers have time for 1 .. E - 1 epochs: dropped as in FedAvg, taken in as in FedProx") {
  const std::vector<std::string> half = {"protocol.cohort=10", "stop.rounds=60", "protocol.stragglers=0.5"};
  const auto with = [&](const std::string& word) {
    std::vector<std::string> all = half;
    all.push_back(word);
    return play_equal(all);
  };
  // A round of nobody but stragglers is abandoned, so that there may be more turns than the 60 of each client; the
  // share of stragglers among 600 has a standard error of 0.0204.
  const Played dropped = with("protocol.partial_work=none");
  std::int64_t whole = 0;
  for (const ClientTrace& turn : dropped.memory.turns) {
    REQUIRE((turn.outcome == Outcome::reported || turn.outcome == Outcome::deadline));
    whole += turn.outcome == Outcome::reported && turn.turn < 60 ? 1 : 0;
  }
  REQUIRE(static_cast<double>(whole) / 600 == Approx(0.5).margin(3 * 0.0204));
  for (const RoundRecord& r : dropped.memory.rounds) REQUIRE(r.trained_samples == 40 * r.outcomes[0]);
  REQUIRE(broken_laws(dropped.memory) == "");

  // The same turns are cut short: half of them do 1, 2 or 3 of 4 epochs, of 1 s each.
  const Played taken = with("protocol.partial_work=epochs");
  REQUIRE(taken.outcomes(Outcome::reported) == 600);
  std::array<int, 5> did{};
  for (const ClientTrace& turn : taken.memory.turns) ++did.at(static_cast<std::size_t>(std::lround(computing_s(turn))));
  REQUIRE(did[0] == 0);
  REQUIRE(did[4] == whole);
  for (int e = 1; e < 4; ++e) REQUIRE(did[static_cast<std::size_t>(e)] / 600.0 == Approx(1 / 6.0).margin(3 * 0.0152));
  std::int64_t trained = 0;
  for (const RoundRecord& r : taken.memory.rounds) trained += r.trained_samples;
  REQUIRE(trained == 10 * (did[1] + 2 * did[2] + 3 * did[3] + 4 * did[4]));
  REQUIRE(broken_laws(taken.memory) == "");
}

TEST_CASE("partial work: threads and executor leave no trace, in any storm") {
  for (const std::string part : {"none", "epochs", "steps"}) {
    const std::vector<std::string> words = {"protocol.partial_work=" + part, "protocol.stragglers=0.3",
                                            "protocol.deadline=2 s", "training.epochs=3", "algorithm={name: fedprox}"};
    const auto on = [&](const std::string& execution) {
      std::vector<std::string> all = words;
      all.push_back(execution);
      return play_text(kStormy, all);
    };
    const Played serial = on("execution.executor=inline");
    INFO(part);
    REQUIRE(serial.memory.rounds.size() == 12);
    REQUIRE(broken_laws(serial.memory) == "");
    for (const std::string threads : {"1", "2", "8"}) {
      REQUIRE((on("execution.threads=" + threads).bits() == serial.bits()));
    }
  }
}

TEST_CASE("partial work without anybody short of time is refused") {
  REQUIRE_THROWS_WITH(
      play_text(kOneSecondTurns, {"protocol.partial_work=epochs"}),
      Catch::Contains("needs somebody who is short of time: set protocol.deadline or protocol.stragglers"));
}
