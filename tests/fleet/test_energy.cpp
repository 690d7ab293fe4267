// What devices draw, and what carbon it stands for.

#include "sim/fleet/carbon.h"
#include "sim/fleet/fleet.h"
#include "sim/fleet/ideal.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Time s(double seconds) { return Time{0} + Duration::from_seconds(seconds); }
Duration hours(double h) { return Duration::from_seconds(3600 * h); }

/// A turn whose phases end at 1.5, 5.5 and 8 s: 0.5 s of latency, 1 s of download, 4 s of computing, 0.5 s, 2 s of
/// upload.
const Legs kLegs{Duration::from_seconds(0.5), {8e6}, Duration::from_seconds(4), Duration::from_seconds(0.5), {4e6}};
const Load kLoad{{1'000'000}, {4e9}, {1'000'000}};
const Journey kJourney = journey_of(kLegs, kLoad, Time{0});

Energy energy_by(const Power& power, double at, std::int64_t down, std::int64_t up) {
  return energy_of(power, seconds_at(kJourney, kLegs, s(at)), down, up);
}

}  // namespace

TEST_CASE("energy is power times time, and so much a byte") {
  // 4 s of computing at 2 W are 8 J, 1 s of receiving and 2 s of sending at 1 W are 3 J: 11 J.
  const Power radio{.compute_w = 2, .receive_w = 1, .send_w = 1};
  const Energy e = energy_by(radio, 8, 1'000'000, 1'000'000);
  CHECK(e.compute_j == Approx(8));
  CHECK(e.receive_j == Approx(1));
  CHECK(e.send_j == Approx(2));
  CHECK(e.idle_j == 0);
  CHECK(e.total() == Approx(11));
  // Twice 0.5 s of latency at 3 W: 3 J. 1 MB down at 2 J/MB and up at 5 J/MB: 7 J.
  const Power bytes{.idle_w = 3, .receive_j_per_byte = 2e-6, .send_j_per_byte = 5e-6};
  CHECK(energy_by(bytes, 8, 1'000'000, 1'000'000).total() == Approx(10));
}

TEST_CASE("a turn that is cut short has drawn what its seconds were spent on") {
  const Power power{.compute_w = 2, .receive_w = 1, .send_w = 1, .idle_w = 0.5};
  // At 0.25 s it waits; at 1 s it has received for 0.5 s; at 3.5 s computed for 2 s; at 6.5 s sent for 0.5 s.
  CHECK(energy_by(power, 0.25, 0, 0).total() == Approx(0.125));
  CHECK(energy_by(power, 1, 0, 0).receive_j == Approx(0.5));
  CHECK(energy_by(power, 3.5, 0, 0).compute_j == Approx(4));
  CHECK(energy_by(power, 3.5, 0, 0).send_j == 0);
  CHECK(energy_by(power, 6.5, 0, 0).idle_j == Approx(0.5));
  CHECK(energy_by(power, 6.5, 0, 0).send_j == Approx(0.5));
}

TEST_CASE("every second of a turn is one of waiting, receiving, computing or sending") {
  for (const double at : {0.0, 0.1, 0.5, 1.2, 1.5, 4.0, 5.5, 5.9, 6.0, 7.3, 8.0}) {
    const Seconds t = seconds_at(kJourney, kLegs, s(at));
    CHECK(t.wait_down + t.receive + t.compute + t.wait_up + t.send == Approx(at).margin(1e-12));
  }
}

TEST_CASE("phones: a radio's base power is drawn over the time and its slope over the bytes") {
  const auto lte = read_named<EnergyEntry>("phones", "radio: lte");
  const Power p = lte->power(1, ClientId{0}, {{2e9}, {}});
  CHECK(p.compute_w == 5.6);
  CHECK(lte->power(1, ClientId{0}, {{1e9}, {}}).compute_w == 3.6);
  CHECK(lte->power(1, ClientId{0}, {{3e9}, {}}).compute_w == 5.5);
  // Huang et al. 2012: 10 Mbit/s up draw 1288.04 + 438.39 x 10 mW = 5.67194 W. 2 s of it are 2.5 MB.
  const Seconds seconds{.send = 2};
  CHECK(energy_of(p, seconds, 0, 2'500'000).send_j == Approx(2 * 5.67194));
  // And 10 Mbit/s down 1288.04 + 51.97 x 10 mW = 1.80774 W.
  CHECK(energy_of(p, {.receive = 2}, 2'500'000, 0).receive_j == Approx(2 * 1.80774));
}

TEST_CASE("drawn powers are the client's own, and always the same") {
  const auto model = read_named<EnergyEntry>("drawn",
                                             "compute: {distribution: uniform, low: 2 W, high: 6 W}, idle: 200 mW, "
                                             "send_per_megabyte: 3 J");
  const Device device{{1e9}, {}};
  double least = 9, most = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const Power p = model->power(7, ClientId{i}, device);
    CHECK(p.compute_w == model->power(7, ClientId{i}, device).compute_w);
    CHECK(p.idle_w == 0.2);
    CHECK(p.send_j_per_byte == Approx(3e-6));
    least = std::min(least, p.compute_w);
    most = std::max(most, p.compute_w);
  }
  CHECK(least < 2.5);
  CHECK(least >= 2);
  CHECK(most > 5.5);
  CHECK(most <= 6);
}

TEST_CASE("powers from a file, a row a device; columns that are left out are nothing") {
  const TempFile file("name,compute,idle,send_per_megabyte\nsmall,2,0.1,1 J\nlarge,5 W,100 mW,2.5\n");
  const auto model = read_named<EnergyEntry>("csv", "path: " + file.path());
  const Device device{{1e9}, {}};
  CHECK(model->power(1, ClientId{0}, device).compute_w == 2);
  CHECK(model->power(1, ClientId{1}, device).compute_w == 5);
  CHECK(model->power(1, ClientId{1}, device).idle_w == 0.1);
  CHECK(model->power(1, ClientId{1}, device).send_j_per_byte == Approx(2.5e-6));
  CHECK(model->power(1, ClientId{1}, device).receive_w == 0);
  const TempFile wrong("compute\n2\n-3 W\n");
  CHECK_THAT(
      said_by([&] { read_named<EnergyEntry>("csv", "path: " + wrong.path()); }),
      Catch::Equals(wrong.path() + ": line 3, column 1: compute: found \"-3 W\", must be between 0 W and 1000 kW"));
}

TEST_CASE("carbon intensity is that of the hours the energy is drawn in, on the client's clock") {
  std::vector<double> day(24, 100);
  day[1] = 400;
  const CarbonIntensity intensity(day);
  // From 0:30 to 1:30 half at 100 and half at 400.
  CHECK(intensity.mean(s(1800), s(5400), {}) == Approx(250));
  CHECK(intensity.mean(s(3600), s(3600), {}) == 400);
  // A clock one hour ahead is at 1:00 when the run begins; one behind at 23:00.
  CHECK(intensity.mean(s(0), s(3600), hours(1)) == Approx(400));
  CHECK(intensity.mean(s(0), s(3600), hours(-1)) == Approx(100));
  // Two days and an hour from 0:00: twice (23 x 100 + 400) and 100, over 49 hours.
  CHECK(intensity.mean(s(0), s(49 * 3600), {}) == Approx((2 * 2700 + 100) / 49.0));
  CHECK(CarbonIntensity({42}).mean(s(0), s(1e9), hours(3)) == 42);
}

TEST_CASE("a kWh has 3.6 MJ") {
  FleetSpec spec = ideal_fleet({1e9});
  spec.energy = read_named<EnergyEntry>("drawn", "compute: 2 W");
  spec.carbon = std::make_unique<CarbonIntensity>(std::vector<double>{500});
  const Fleet fleet(spec, 1);
  CHECK(fleet.accounts().carbon);
  CHECK(fleet.carbon(ClientId{0}, s(0), s(10), 7.2e6) == Approx(1000));
}

TEST_CASE("links that are paid by the byte have the share asked for") {
  FleetSpec spec = ideal_fleet({1e9});
  spec.metered = 0.3;
  const Fleet fleet(spec, 5);
  int metered = 0;
  for (std::uint32_t i = 0; i < 10000; ++i) metered += fleet.metered(ClientId{i}) ? 1 : 0;
  // Four standard errors of a share of 0.3 among 10,000.
  CHECK(metered / 10000.0 == Approx(0.3).margin(4 * std::sqrt(0.3 * 0.7 / 10000)));
  CHECK(!fleet.accounts().energy);
  CHECK(fleet.accounts().metered);
}
