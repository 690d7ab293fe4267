// The same experiment gives the same bits: with one thread or eight, inline or on workers, and every time.

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

TEST_CASE("threads and executor leave no trace in the results") {
  for (const std::string algorithm : {"fedavg", "fedprox", "scaffold", "fedsgd", "centralized"}) {
    const std::string name = "algorithm.name=" + algorithm;
    const Played serial = play_text(kStormy, {name, "execution.executor=inline"});
    REQUIRE(serial.memory.rounds.size() == 12);
    if (algorithm != "centralized") {
      // The storm must blow, or this test says little.
      REQUIRE(serial.outcomes(Outcome::crash) > 0);
      REQUIRE(serial.outcomes(Outcome::left) > 0);
      REQUIRE(serial.outcomes(Outcome::surplus) + serial.outcomes(Outcome::deadline) > 0);
    }
    for (const std::string threads : {"1", "2", "8"}) {
      for (int repetition = 0; repetition < 2; ++repetition) {
        INFO(algorithm << " on " << threads << " threads");
        REQUIRE(play_text(kStormy, {name, "execution.threads=" + threads}).bits() == serial.bits());
      }
    }
  }
}

TEST_CASE("another seed gives other bits, and the timeline does not depend on the method") {
  const Played one = play_text(kStormy);
  REQUIRE(play_text(kStormy, {"seed=4"}).bits() != one.bits());
  // FedProx does the same work in the same time: common random numbers, so curves can be compared.
  const Played prox = play_text(kStormy, {"algorithm.name=fedprox"});
  REQUIRE(prox.memory.turns.size() == one.memory.turns.size());
  for (std::size_t i = 0; i < one.memory.turns.size(); ++i) {
    REQUIRE(prox.memory.turns[i].client == one.memory.turns[i].client);
    REQUIRE(prox.memory.turns[i].ended == one.memory.turns[i].ended);
  }
}

TEST_CASE("timing only plays the same timeline without training") {
  const Played full = play_text(kStormy);
  const Played timing = play_text(kStormy, {"timing=only", "evaluate.per_client=0"});
  REQUIRE(timing.result.weights == nullptr);
  REQUIRE(timing.result.computed_jobs == 0);
  REQUIRE(timing.memory.turns.size() == full.memory.turns.size());
  for (std::size_t i = 0; i < full.memory.turns.size(); ++i) {
    REQUIRE(timing.memory.turns[i].ended == full.memory.turns[i].ended);
    REQUIRE(timing.memory.turns[i].outcome == full.memory.turns[i].outcome);
  }
  REQUIRE(timing.memory.rounds.back().trained_samples == full.memory.rounds.back().trained_samples);
}
