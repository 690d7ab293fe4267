// Several processes that must all hold, and what takes whole regions or clients away.

#include "sim/fleet/all_of.h"
#include "sim/fleet/fleet.h"
#include "sim/fleet/outages.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Time s(double seconds) { return Time{0} + Duration::from_seconds(seconds); }

std::unique_ptr<Availability> conditions(const std::string& keys) {
  return read_named<AvailabilityEntry>("conditions", keys);
}

std::string hours(const TempFile& file) { return "{model: trace, period: 100 s, path: " + file.path() + "}"; }

}  // namespace

TEST_CASE("a client takes part while all conditions hold, and the first that ends is the cause") {
  const TempFile idle("client,begin,end\n0,0,50\n"), charging("client,begin,end\n0,10,30\n0,40,90\n"),
      unmetered("client,begin,end\n0,20,45\n");
  const auto all =
      conditions("idle: " + hours(idle) + ", charging: " + hours(charging) + ", unmetered: " + hours(unmetered));
  const ClientId c{0};
  // Together: 20 to 30 and 40 to 45, then again 100 s later.
  CHECK_FALSE(all->available(1, c, s(15)));
  CHECK(all->available(1, c, s(20)));
  CHECK(all->leaves(1, c, s(20), s(1e6)) == s(30));
  CHECK(all->cause(1, c, s(30)) == Outcome::unplugged);
  CHECK(all->returns(1, c, s(30), s(1e6)) == s(40));
  CHECK(all->leaves(1, c, s(40), s(1e6)) == s(45));
  CHECK(all->cause(1, c, s(45)) == Outcome::network);
  CHECK(all->returns(1, c, s(45), s(1e6)) == s(120));
  CHECK(all->leaves(1, c, s(20), s(25)) == Time::never());
  CHECK(all->returns(1, c, s(45), s(119)) == Time::never());
  CHECK(all->cause(1, c, s(50)) == Outcome::left);  // idle and unmetered are over: the first named says it
}

TEST_CASE("conditions of one model come and go by themselves, on one clock") {
  const auto all = conditions("idle: {model: on_off, on: 1 h, off: 1 h}, charging: {model: on_off, on: 1 h, off: 1 h}");
  int together = 0;
  for (std::uint32_t i = 0; i < 10000; ++i) together += all->available(7, ClientId{i}, s(1e5)) ? 1 : 0;
  // Were they one process, half of the clients would be there; two of them leave a quarter. Four standard errors.
  CHECK(together / 10000.0 == Approx(0.25).margin(4 * std::sqrt(0.25 * 0.75 / 10000)));
  const std::string day = "{model: diurnal, zones: [-8, -5, 0, 1, 8, 9]}";
  const auto idle = conditions("idle: " + day);
  const auto other = read_named<AvailabilityEntry>("diurnal", "zones: [-8, -5, 0, 1, 8, 9]");
  for (std::uint32_t i = 0; i < 50; ++i) CHECK(idle->zone(7, ClientId{i}).ns == other->zone(7, ClientId{i}).ns);
}

TEST_CASE("a region's clients lose their network together") {
  Problems problems;
  AllOf all;
  all.add(read_named<AvailabilityEntry>("always", ""), std::nullopt, 0);
  const bool any = read_config(load_yaml_text("outages: {regions: 4, every: 3 h, duration: 1 h}", "test.yaml"),
                               problems, [&](Section& section) { return read_outages(section, all); });
  REQUIRE(any);
  // Clients are of one region where they leave at one time; there are four such times.
  std::map<std::int64_t, int> leaving;
  int dark = 0, seen = 0;
  for (std::uint32_t i = 0; i < 400; ++i) {
    const Time left = all.leaves(5, ClientId{i}, s(0), Time::never());
    if (!all.available(5, ClientId{i}, s(0))) continue;
    ++leaving[left.ns];
    CHECK(all.cause(5, ClientId{i}, left) == Outcome::network);
  }
  CHECK(leaving.size() <= 4);
  for (const auto& [at, clients] : leaving) CHECK(clients > 60);
  // In the long run a quarter of the time: 1 h of 4.
  for (std::uint32_t i = 0; i < 4000; ++i, ++seen) dark += all.available(5, ClientId{i % 40}, s(7.3e4 * i)) ? 0 : 1;
  CHECK(dark / double(seen) == Approx(0.25).margin(4 * std::sqrt(0.25 * 0.75 / seen)));
}

TEST_CASE("clients come once and go for good") {
  Problems problems;
  AllOf all;
  all.add(read_named<AvailabilityEntry>("always", ""), std::nullopt, 0);
  const std::string churn =
      "churn: {join: {distribution: uniform, low: 0 s, high: 100 s}, stay: {distribution: exponential, mean: 50 s}}";
  REQUIRE(read_config(load_yaml_text(churn, "test.yaml"), problems,
                      [&](Section& section) { return read_outages(section, all); }));
  double stays = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const ClientId c{i};
    const Time join = all.available(9, c, s(0)) ? s(0) : all.returns(9, c, s(0), Time::never());
    REQUIRE(join <= s(100));
    REQUIRE(all.available(9, c, join));
    const Time left = all.leaves(9, c, join, Time::never());
    REQUIRE_FALSE(all.available(9, c, left));
    REQUIRE(all.returns(9, c, left, Time::never()) == Time::never());
    REQUIRE(all.cause(9, c, left) == Outcome::left);
    stays += (left - join).seconds();
  }
  CHECK(stays / 2000 == Approx(50).margin(4 * 50 / std::sqrt(2000.0)));
}
