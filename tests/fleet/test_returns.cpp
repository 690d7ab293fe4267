// When a client that is away comes back, for every model of hours.

#include "sim/fleet/availability.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Time s(double seconds) { return Time{0} + Duration::from_seconds(seconds); }

/// Of 40 clients at 50 times: those that are away come back when returns() says, and not before.
void check_returns(const Availability& model, double span_s) {
  int checked = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const ClientId client{i % 40};
    const Time at = s(span_s * i / 2000);
    if (model.available(5, client, at)) continue;
    const Time back = model.returns(5, client, at, Time::never());
    REQUIRE(back > at);
    REQUIRE(back != Time::never());
    REQUIRE(model.available(5, client, back));
    REQUIRE_FALSE(model.available(5, client, Time{back.ns - 1}));
    REQUIRE(model.returns(5, client, Time{back.ns - 1}, back) == back);
    REQUIRE(model.returns(5, client, at, Time{back.ns - 1}) == Time::never());
    for (int part = 1; part < 8; ++part) {
      REQUIRE_FALSE(model.available(5, client, Time{at.ns + (back.ns - at.ns) / 8 * part}));
    }
    ++checked;
  }
  REQUIRE(checked > 200);
}

}  // namespace

TEST_CASE("who is away comes back when it is said, and not before") {
  SECTION("exponential times") { check_returns(*read_named<AvailabilityEntry>("on_off", "on: 2 h, off: 3 h"), 3e6); }
  SECTION("Weibull times") {
    check_returns(*read_named<AvailabilityEntry>("on_off", "on: 2 h, off: 3 h, off_shape: 0.7, on_shape: 2"), 1e6);
  }
  SECTION("hours of the day") { check_returns(*read_named<AvailabilityEntry>("diurnal", "zones: [-8, 0, 1]"), 1e6); }
  SECTION("recorded hours") {
    const TempFile file("client,begin,end\n0,10,50\n0,50,60\n1,0,20\n1,90,100\n");
    check_returns(*read_named<AvailabilityEntry>("trace", "period: 100 s, path: " + file.path()), 1e4);
  }
}

TEST_CASE("clocks are ahead by their zone") {
  const auto model = read_named<AvailabilityEntry>("diurnal", "zones: [-8]");
  CHECK(model->zone(1, ClientId{3}).seconds() == -8 * 3600);
  CHECK(read_named<AvailabilityEntry>("always", "")->zone(1, ClientId{3}).ns == 0);
}
