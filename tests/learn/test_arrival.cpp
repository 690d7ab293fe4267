#include "sim/learn/arrival.h"

#include "tests/catch.h"

using namespace fedtide;

namespace {

Time day(double days) { return Time{0} + Duration::from_seconds(86400 * days); }
bool same(HeldSamples a, HeldSamples b) { return a.first == b.first && a.count == b.count; }

}  // namespace

TEST_CASE("samples come evenly over a time, after those that are there at the start") {
  const Arrival arrival{0.2, Duration::from_seconds(86400 * 10.0), {}};
  REQUIRE(same(arrival.held(100, day(0)), {0, 20}));
  REQUIRE(same(arrival.held(100, day(5)), {0, 60}));
  REQUIRE(same(arrival.held(100, day(9.99)), {0, 99}));  // 20 + 80 x 0.999, rounded down
  REQUIRE(same(arrival.held(100, day(10)), {0, 100}));
  REQUIRE(same(arrival.held(100, day(1000)), {0, 100}));
  // Nobody waits for its first sample, and who has none gets none.
  REQUIRE(same(arrival.held(3, day(0)), {0, 1}));
  REQUIRE(same(arrival.held(0, day(3)), {0, 0}));
}

TEST_CASE("the newest samples are kept, older ones forgotten") {
  const Arrival arrival{0, Duration::from_seconds(86400 * 10.0), 25};
  REQUIRE(same(arrival.held(100, day(1)), {0, 10}));
  REQUIRE(same(arrival.held(100, day(5)), {25, 25}));
  REQUIRE(same(arrival.held(100, day(20)), {75, 25}));
  REQUIRE(same(Arrival{1, {}, 30}.held(100, day(0)), {70, 30}));
}

TEST_CASE("without a word about arrival all samples are there") { REQUIRE(same(Arrival{}.held(7, day(0)), {0, 7})); }
