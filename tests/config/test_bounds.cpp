#include <cmath>

#include "sim/config/section.h"
#include "tests/catch.h"

using namespace fedtide;

TEST_CASE("bounds say what is allowed", "[config]") {
  CHECK(anything().text() == "");
  CHECK(positive().text() == "greater than 0");
  CHECK(non_negative().text() == "at least 0");
  CHECK(at_least(1).text() == "at least 1");
  CHECK(above(2.5).text() == "greater than 2.5");
  CHECK(between(0, 1).text() == "between 0 and 1");
  CHECK(probability().text() == "between 0 and 1");
  CHECK(fraction().text() == "greater than 0 and at most 1");
  CHECK(Bounds{0, 1, false, true}.text() == "at least 0 and less than 1");
  CHECK(Bounds{-INFINITY, 5, false, false}.text() == "at most 5");
  CHECK(Bounds{-INFINITY, 5, false, true}.text() == "less than 5");
  CHECK(positive().text(Unit::second) == "greater than 0 s");
  CHECK(between(0.001, 90).text(Unit::second) == "between 1 ms and 90 s");
  CHECK(at_least(1e6).text(Unit::bit_per_second) == "at least 1 Mbit/s");
}

TEST_CASE("bounds contain their closed ends and no open one", "[config]") {
  CHECK_FALSE(positive().contain(0));
  CHECK(positive().contain(5e-324));
  CHECK(non_negative().contain(0));
  CHECK_FALSE(fraction().contain(0));
  CHECK(fraction().contain(1));
  CHECK_FALSE(Bounds{0, 1, false, true}.contain(1));
  CHECK_FALSE(anything().contain(NAN));
}
