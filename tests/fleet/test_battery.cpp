// Levels of batteries by hand.

#include "sim/fleet/battery.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

constexpr ClientId kClient{0};

Time h(double hours) { return Time{0} + Duration::from_seconds(3600 * hours); }
Draw constant(double value) { return {Draw::Kind::constant, value, 0}; }

/// 10 Wh = 36 kJ, half full; plugged in from 1:00 to 2:00 of every 10 hours at 5 W; 1 W of use while it is not.
class Hourly {
 public:
  Hourly() : file_("client,begin,end\n0,3600,7200\n") {
    spec_->capacity = constant(36000);
    spec_->start = constant(0.5);
    spec_->charge = constant(5);
    spec_->use = constant(1);
    spec_->minimum = 0.4;
    spec_->stop = 0.25;
    spec_->charging = read_named<AvailabilityEntry>("trace", "period: 10 h, path: " + file_.path());
  }
  BatterySpec& spec() { return *spec_; }
  Batteries batteries() const { return Batteries(spec_, 3); }

 private:
  TempFile file_;
  std::shared_ptr<BatterySpec> spec_ = std::make_shared<BatterySpec>();
};

double level_at(const Batteries& batteries, double hours) { return batteries.level(kClient, h(hours)) / 3600; }  // Wh

}  // namespace

TEST_CASE("a battery is charged while plugged in and used while it is not") {
  const Hourly world;
  const Batteries batteries = world.batteries();
  CHECK(batteries.capacity(kClient) == 36000);
  CHECK(level_at(batteries, 0) == Approx(5));
  CHECK(level_at(batteries, 1) == Approx(4));      // 1 W for 1 h
  CHECK(level_at(batteries, 1.5) == Approx(6.5));  // 5 W for half an hour
  CHECK(level_at(batteries, 2) == Approx(9));
  CHECK(level_at(batteries, 10) == Approx(1));  // 8 h later
  CHECK(level_at(batteries, 11) == Approx(0));  // not below nothing
  CHECK(level_at(batteries, 12) == Approx(5));
  CHECK(batteries.known() == 0);
  CHECK(batteries.ready(kClient, h(0)));
  CHECK(batteries.ready(kClient, h(1)));        // 4 Wh are the minimum of 40 %
  CHECK_FALSE(batteries.ready(kClient, h(8)));  // 3 Wh
}

TEST_CASE("a full battery takes no more") {
  Hourly world;
  world.spec().start = constant(0.9);
  world.spec().use = constant(0);
  const Batteries batteries = world.batteries();
  CHECK(level_at(batteries, 1) == Approx(9));
  CHECK(level_at(batteries, 2) == Approx(10));
  CHECK(level_at(batteries, 1e6) == Approx(10));
}

TEST_CASE("a turn drains it, and ends when the level is at its lowest") {
  const Hourly world;
  Batteries batteries = world.batteries();
  // From 0:00: 9 W of a turn and 1 W of use: 5 Wh fall to 2.5 Wh in 0.25 h.
  const Draining parts[] = {{h(0.1), 9}, {h(0.7), 9}};
  CHECK(batteries.empties(kClient, h(0), parts).seconds() == Approx(900));
  const Draining short_one[] = {{h(0.2), 9}};
  CHECK(batteries.empties(kClient, h(0), short_one) == Time::never());
  // Cut at 0.15 h it has drawn 1.5 Wh.
  batteries.drain(kClient, h(0), parts, h(0.15));
  CHECK(level_at(batteries, 0.15) == Approx(3.5));
  CHECK(batteries.known() == 1);
  // Plugged in, 5 W of 9 W come from the wall: from 1:00 on, 2.65 Wh fall by 4 W to 2.5 Wh in 2.25 minutes.
  const Draining plugged[] = {{h(2), 9}};
  CHECK(batteries.empties(kClient, h(1), plugged).seconds() == Approx(3600 + 135));
  // A turn that draws less than the charger gives never ends so.
  const Draining light[] = {{h(2), 4}};
  CHECK(batteries.empties(kClient, h(1), light) == Time::never());
  // Energy by the byte goes at once.
  batteries.take(kClient, h(1), 3600);
  CHECK(level_at(batteries, 1) == Approx(1.65));
}

TEST_CASE("a level does not depend on who asks when") {
  const Hourly world;
  Batteries asked = world.batteries(), quiet = world.batteries();
  const Draining parts[] = {{h(3.3), 2}};
  for (double t = 0; t < 3; t += 0.01) asked.level(kClient, h(t));
  asked.drain(kClient, h(3), parts, h(3.3));
  quiet.drain(kClient, h(3), parts, h(3.3));
  for (double t = 3.3; t < 60; t += 1.7) CHECK(asked.level(kClient, h(t)) == quiet.level(kClient, h(t)));
}
