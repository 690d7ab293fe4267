// Data that come in while a run goes on.

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

// Ten clients with 10 samples each; a round of all takes 1 s. After 4 s all samples are there.
const char* kStream = R"(
seed: 3
data: {dataset: blobs, samples: 100, test_samples: 50, features: 4, clients: 10, arrival: {at_start: 0.2, over: 4 s}}
model: {name: softmax}
training: {batch_size: 5, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: synchronous, cohort: 10}
fleet:
  device: {compute: 1000 TFLOP/s}
  link: {down: 1000 Gbit/s, up: 1000 Gbit/s, latency: 500 ms}
stop: {rounds: 6}
)";

}  // namespace

TEST_CASE("clients train on what has come by their dispatch") {
  const Played p = play_text(kStream);
  // Of 10 samples 2 are there at 0 s; 8 come in 4 s, 2 a second: 2, 4, 6, 8, 10, 10, a trifle later than whole seconds.
  const std::int64_t each[] = {2, 4, 6, 8, 10, 10};
  REQUIRE(p.memory.rounds.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) REQUIRE(p.memory.rounds[i].trained_samples == 10 * each[i]);
  for (const char* threads : {"1", "2", "8"}) {
    REQUIRE(play_text(kStream, {std::string("execution.threads=") + threads}).bits() == p.bits());
  }
}

TEST_CASE("who forgets trains on the newest samples alone") {
  const Played newest = play_text(kStream, {"data.arrival={newest: 3}"});
  for (const RoundRecord& round : newest.memory.rounds) REQUIRE(round.trained_samples == 30);
  // With all 10 kept it is a run without arrival, bit for bit.
  REQUIRE(play_text(kStream, {"data.arrival={newest: 10}"}).bits() == play_text(kStream, {"data.arrival={}"}).bits());
  REQUIRE(newest.bits() != play_text(kStream, {"data.arrival={}"}).bits());
}

TEST_CASE("arrival that cannot be is said") {
  REQUIRE_THROWS_WITH(play_text(kStream, {"data.arrival={at_start: 0.5}"}),
                      Catch::Contains("the rest needs a time to come in; give over, for example 10 d"));
  REQUIRE_THROWS_WITH(play_text(kStream, {"algorithm.name=centralized"}),
                      Catch::Contains("centralized trains on all data in one place, from the start"));
}
