#include "sim/base/time.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/base/ids.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

}  // namespace

TEST_CASE("seconds become the nearest nanosecond", "[time]") {
  CHECK(Duration::from_seconds(0) == Duration{0});
  CHECK(Duration::from_seconds(1) == Duration{1000000000});
  CHECK(Duration::from_seconds(0.1) == Duration{100000000});
  CHECK(Duration::from_seconds(-0.1) == Duration{-100000000});
  CHECK(Duration::from_seconds(1.4e-9) == Duration{1});
  CHECK(Duration::from_seconds(1.6e-9) == Duration{2});
  CHECK(Duration::from_seconds(-1.6e-9) == Duration{-2});
  CHECK(Duration{1500000000}.seconds() == 1.5);
  CHECK(Time{1500000000}.seconds() == 1.5);
}

TEST_CASE("durations saturate at the ends of their range", "[time]") {
  CHECK(Duration::from_seconds(1e10) == Duration::max());
  CHECK(Duration::from_seconds(INFINITY) == Duration::max());
  CHECK(Duration::from_seconds(NAN) == Duration::max());
  CHECK(Duration::from_seconds(-1e10) == Duration{kMin});
  CHECK(Duration::from_seconds(-INFINITY) == Duration{kMin});
  CHECK(Duration::from_seconds(9.1e9) == Duration{9100000000000000000});
}

TEST_CASE("a time beyond the range is never, not the past", "[time]") {
  CHECK(Time::never() + Duration{1} == Time::never());
  CHECK(Time{kMax - 5} + Duration{6} == Time::never());
  CHECK(Time{kMax - 5} + Duration{5} == Time::never());
  CHECK(Time{5} + Duration::max() == Time::never());
  CHECK(Duration::max() + Duration::max() == Duration::max());
  CHECK(Duration{kMin} + Duration{-1} == Duration{kMin});
  CHECK(Time{3} + Duration{4} == Time{7});
  CHECK(Duration{3} + Duration{-4} == Duration{-1});
}

TEST_CASE("differences saturate too", "[time]") {
  CHECK(Time{7} - Time{3} == Duration{4});
  CHECK(Duration{3} - Duration{7} == Duration{-4});
  CHECK(Time::never() - Time{-1} == Duration::max());
  CHECK(Duration{kMin} - Duration{1} == Duration{kMin});
  CHECK(Duration{0} - Duration{kMin} == Duration::max());
  STATIC_REQUIRE(saturating_add(kMax, 1) == kMax);
  STATIC_REQUIRE(saturating_add(kMin, -1) == kMin);
  STATIC_REQUIRE(saturating_add(kMax, kMin) == -1);
  STATIC_REQUIRE(saturating_subtract(kMin, 1) == kMin);
}

TEST_CASE("sums of times are exact", "[time]") {
  // Ten tenths in doubles are not one.
  Time time;
  double in_doubles = 0;
  for (int i = 0; i < 10; ++i) {
    time = time + Duration::from_seconds(0.1);
    in_doubles += 0.1;
  }
  CHECK(time == Time{1000000000});
  CHECK(in_doubles != 1.0);
}

TEST_CASE("times are ordered and never comes last", "[time]") {
  CHECK(Time{1} < Time{2});
  CHECK(Time{2} < Time::never());
  CHECK(Duration{-1} < Duration{0});
}

TEST_CASE("ids keep their numbers, and the next is one more", "[ids]") {
  CHECK(raw(ClientId{7}) == 7);
  CHECK(raw(next(Version{7})) == 8);
  CHECK(raw(next(Turn{0})) == 1);
  CHECK(ClientId{1} < ClientId{2});
}
