// Hours of the day: the share available at each hour is what was asked for, and asking changes nothing.

#include <cmath>
#include <numbers>

#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/fleet/availability.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

std::unique_ptr<Availability> diurnal(const std::string& keys) {
  Problems problems;
  return read_config(load_yaml_text("{" + keys + "}", "test.yaml"), problems,
                     [&](Section& sec) { return Registry<AvailabilityEntry>::instance().at("diurnal").read(sec); });
}

Time hour(double h) { return Time{0} + Duration::from_seconds(3600 * h); }

double share(const Availability& model, Time at, std::uint32_t clients) {
  int on = 0;
  for (std::uint32_t i = 0; i < clients; ++i) on += model.available(1, ClientId{i}, at) ? 1 : 0;
  return on / double(clients);
}

}  // namespace

TEST_CASE("diurnal: the share available follows p(h) at every hour, from the first on") {
  const auto model = diurnal("mean: 0.2, swing: 4, peak: 2 h, session: 90 min");
  constexpr std::uint32_t n = 20000;
  for (const double h : {0.0, 2.0, 5.5, 11.0, 14.0, 20.0, 26.0, 100.0}) {
    // A = 3/5 for a swing of 4.
    const double p = 0.2 * (1 + 0.6 * std::cos(2 * std::numbers::pi * (h - 2) / 24));
    INFO("hour " << h);
    REQUIRE(share(*model, hour(h), n) == Approx(p).margin(4 * std::sqrt(p * (1 - p) / n)));
  }
}

TEST_CASE("diurnal: a swing of 4 is most over fewest, 4.0 +- 0.5") {
  const auto model = diurnal("mean: 0.2, swing: 4");
  double most = 0, fewest = 1;
  for (int h = 0; h < 24; ++h) {
    const double p = share(*model, hour(48 + h), 8000);
    most = std::max(most, p);
    fewest = std::min(fewest, p);
  }
  // The ratio of shares 0.32 and 0.08 over 8,000 clients each has a standard error of 0.16; the extremes of 24 hours
  // lie outwards of it.
  REQUIRE(most / fewest == Approx(4.0).margin(0.5));
}

TEST_CASE("diurnal: time zones shift a client's day, and many even it out") {
  const auto west = diurnal("swing: 9, zones: [-6]");
  // At the run's 8 o'clock it is 2 o'clock six hours west, its peak.
  constexpr std::uint32_t n = 20000;
  REQUIRE(share(*west, hour(8), n) == Approx(0.36).margin(4 * std::sqrt(0.36 * 0.64 / n)));
  const auto world = diurnal("swing: 9, zones: [-12, -6, 0, 6]");
  for (const double h : {0.0, 7.0, 13.0}) {
    REQUIRE(share(*world, hour(h), n) == Approx(0.2).margin(4 * std::sqrt(0.2 * 0.8 / n)));
  }
}

TEST_CASE("diurnal: available until it leaves, away right after, whatever one asks first") {
  const auto model = diurnal("mean: 0.4, swing: 2, session: 2 h");
  int checked = 0;
  for (std::uint32_t i = 0; i < 400; ++i) {
    const Time at = hour(0.37 * i);
    if (!model->available(2, ClientId{i}, at)) continue;
    const Time left = model->leaves(2, ClientId{i}, at, hour(1e4));
    for (const double part : {0.0, 0.3, 0.9, 0.999}) {
      const Time between{at.ns + static_cast<std::int64_t>(part * static_cast<double>((left - at).ns))};
      REQUIRE(model->available(2, ClientId{i}, between));
      REQUIRE(model->leaves(2, ClientId{i}, between, hour(1e4)) == left);
    }
    REQUIRE_FALSE(model->available(2, ClientId{i}, left));
    REQUIRE(model->leaves(2, ClientId{i}, at, Time{left.ns - 1}) == Time::never());
    ++checked;
  }
  REQUIRE(checked > 100);
}

TEST_CASE("diurnal: what cannot be is said") {
  REQUIRE_THROWS_WITH(diurnal("mean: 0.7, swing: 4"),
                      Catch::Contains("mean: with swing 4 the share at the peak would be 1.12, must be below 1"));
  REQUIRE_THROWS_WITH(diurnal("mean: 0.4, swing: 50, session: 3 h"),
                      Catch::Contains("session: sessions of this mean length do not end fast enough for the swing"));
}
