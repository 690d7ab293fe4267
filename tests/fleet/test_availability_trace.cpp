// Clients that live by recorded hours.

#include <cmath>
#include <set>

#include "sim/fleet/availability.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using fedtide::testing::said_by;
using fedtide::testing::TempFile;

namespace {

Time s(double seconds) { return Time{0} + Duration::from_seconds(seconds); }

std::unique_ptr<Availability> trace(const std::string& path, const std::string& keys = "") {
  return fedtide::testing::read_named<AvailabilityEntry>("trace", "path: " + path + (keys.empty() ? "" : ", ") + keys);
}

// Two clients; the second is there for 30 % of the time.
const std::string kHours = "client,begin,end\nfirst,0,50\nsecond,10,40\n";

}  // namespace

TEST_CASE(
    "trace: client i has the file's i-th hours, unshifted, again in "
    "every period") {
  const TempFile file(kHours);
  const auto model = trace(file.path(), "period: 100 s");
  for (const std::uint64_t seed : {1, 2}) {
    for (const double base : {0.0, 100.0, 1e6}) {
      REQUIRE(model->available(seed, ClientId{0}, s(base + 49.9)));
      REQUIRE_FALSE(model->available(seed, ClientId{0}, s(base + 50)));
      REQUIRE_FALSE(model->available(seed, ClientId{1}, s(base + 9.9)));
      REQUIRE(model->leaves(seed, ClientId{1}, s(base + 10), Time::never()) == s(base + 40));
      REQUIRE(model->leaves(seed, ClientId{1}, s(base + 10), s(base + 40)) == s(base + 40));
      REQUIRE(model->leaves(seed, ClientId{1}, s(base + 10), s(base + 39)) == Time::never());
    }
  }
}

TEST_CASE(
    "trace: clients beyond the file's have one of its traces, shifted by "
    "a random part of the period") {
  const TempFile file(kHours);
  const auto model = trace(file.path(), "period: 100 s");
  // Half of them 50 %, half 30 % of the time, at any moment: 0.4.
  constexpr std::uint32_t n = 20000;
  for (const double at : {0.0, 45.0, 77.0}) {
    std::uint32_t on = 0;
    for (std::uint32_t i = 2; i < n + 2; ++i) on += model->available(1, ClientId{i}, s(at)) ? 1 : 0;
    REQUIRE(on / double(n) == Approx(0.4).margin(3 * std::sqrt(0.24 / n)));
  }
}

TEST_CASE(
    "trace: available until it leaves, away right after, whatever one "
    "asks first") {
  const TempFile file(kHours);
  const auto model = trace(file.path(), "period: 100 s");
  int checked = 0;
  for (std::uint32_t i = 0; i < 500; ++i) {
    const Time at = s(3.7 * i);
    if (!model->available(2, ClientId{i}, at)) continue;
    const Time left = model->leaves(2, ClientId{i}, at, s(1e6));
    REQUIRE(model->available(2, ClientId{i}, Time{left.ns - 1}));
    REQUIRE(model->leaves(2, ClientId{i}, Time{left.ns - 1}, s(1e6)) == left);
    REQUIRE_FALSE(model->available(2, ClientId{i}, left));
    ++checked;
  }
  REQUIRE(checked > 100);
}

TEST_CASE(
    "trace: without a shift clients have the file's hours and no others; "
    "random ones in no order") {
  const TempFile file(kHours);
  const auto model = trace(file.path(), "period: 100 s, shift: false, assignment: random");
  std::set<std::int64_t> ends;
  std::uint32_t second = 0;
  constexpr std::uint32_t n = 10000;
  for (std::uint32_t i = 0; i < n; ++i) {
    const Time left = model->leaves(1, ClientId{i}, s(20), Time::never());
    ends.insert(left.ns);
    second += left == s(40) ? 1 : 0;
  }
  REQUIRE(ends == std::set<std::int64_t>{s(40).ns, s(50).ns});
  REQUIRE(second / double(n) == Approx(0.5).margin(3 * std::sqrt(0.25 / n)));
}

TEST_CASE("trace: the seed decides who has which hours") {
  const TempFile file(kHours);
  const auto model = trace(file.path(), "period: 100 s");
  int different = 0;
  for (std::uint32_t i = 2; i < 102; ++i) {
    different += model->available(1, ClientId{i}, s(0)) != model->available(2, ClientId{i}, s(0)) ? 1 : 0;
  }
  REQUIRE(different > 20);
}

TEST_CASE("trace: what cannot be is said") {
  const TempFile pickle("\x80\x04}q.");
  CHECK_THAT(said_by([&] { trace(pickle.path()); }),
             Catch::StartsWith(pickle.path() + ": a Python pickle, which cannot be read without running what "
                                               "is in it; "
                                               "must be JSON: python3 -c 'import json, pickle, sys; ") &&
                 Catch::EndsWith("for a file that you trust"));
  CHECK_THAT(said_by([] { trace("/nowhere/hours.csv"); }), Catch::StartsWith("/nowhere/hours.csv: cannot be opened"));
  const TempFile file(kHours);
  CHECK_THAT(said_by([&] { trace(file.path(), "format: flash, period: 7 d"); }),
             Catch::Contains("period: is for format: csv; flash files say "
                             "themselves when they repeat"));
  CHECK_THAT(said_by([&] { trace(file.path(), "period: 30 s"); }),
             Catch::Contains("line 2, column 9: found \"50\", must be between "
                             "0 s and the period, 30 s"));
}
