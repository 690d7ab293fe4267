// On and off for Weibull times: stationary from the first moment on, with the means and the residual lives that the
// shapes imply.

#include <cmath>

#include "sim/base/statistics.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/fleet/availability.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

std::unique_ptr<Availability> on_off(const std::string& keys) {
  Problems problems;
  return read_config(load_yaml_text("{" + keys + "}", "test.yaml"), problems,
                     [&](Section& s) { return Registry<AvailabilityEntry>::instance().at("on_off").read(s); });
}

Time s(double seconds) { return Time{0} + Duration::from_seconds(seconds); }

double share(const Availability& model, Time at, std::uint32_t clients) {
  std::uint32_t on = 0;
  for (std::uint32_t i = 0; i < clients; ++i) on += model.available(1, ClientId{i}, at) ? 1 : 0;
  return on / double(clients);
}

/// How long those who are available at `at` still stay.
Moments residuals(const Availability& model, Time at, std::uint32_t clients) {
  Moments left;
  for (std::uint32_t i = 0; i < clients; ++i) {
    if (model.available(1, ClientId{i}, at)) {
      left.add((model.leaves(1, ClientId{i}, at, Time::never()) - at).seconds());
    }
  }
  return left;
}

}  // namespace

TEST_CASE("Weibull on_off: the share on is E[on] / (E[on] + E[off]) at all times, from the first on") {
  constexpr std::uint32_t n = 10000;
  for (const char* shapes : {"on_shape: 2", "on_shape: 0.6, off_shape: 3", "off_shape: 0.5"}) {
    const auto model = on_off("on: 2 h, off: 3 h, " + std::string(shapes));
    for (const double hour : {0.0, 0.5, 100.0, 5119.9, 5120.0, 5300.0}) {
      INFO(shapes << ", hour " << hour);  // a block is 1,024 x 5 h
      REQUIRE(share(*model, s(3600 * hour), n) == Approx(0.4).margin(3 * std::sqrt(0.24 / n)));
    }
  }
}

TEST_CASE("Weibull on_off: what is left of a stay is E[X^2] / (2 E[X]), at the start and later") {
  // Shape 2: Gamma(2) / (2 Gamma(3/2)^2) = 2 / pi of the mean, deviation from E[X^3] / (3 E[X]) = Gamma(5/2) / (3
  // Gamma(3/2)^3) = 0.6366 of mean^2, that is sqrt(0.6366 - 0.6366^2) = 0.481. Shape 1/2: 24 / (2 2^2) = 3 means,
  // deviation from 720 / (3 2^3) = 30 of mean^2, sqrt(30 - 9) = 4.58.
  struct Case {
    const char* shape;
    double mean, deviation;
  };
  for (const Case& c : {Case{"2", 0.6366, 0.481}, Case{"0.5", 3.0, 4.583}}) {
    const auto model = on_off("on: 1 h, off: 1 h, on_shape: " + std::string(c.shape));
    for (const double hour : {0.0, 1.0, 40.0}) {
      const Moments left = residuals(*model, s(3600 * hour), 20000);
      INFO("shape " << c.shape << ", hour " << hour);
      const double error = 3600 * c.deviation / std::sqrt(static_cast<double>(left.count()));
      REQUIRE(left.mean() == Approx(3600 * c.mean).margin(3 * error));
    }
  }
}

TEST_CASE("Weibull on_off: a large shape makes all times nearly as long as their means") {
  // Shape 100: a deviation of 1.3 % around the mean.
  const auto model = on_off("on: 1 h, off: 2 h, on_shape: 100, off_shape: 100");
  int checked = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const ClientId client{i};
    if (!model->available(1, client, s(7200))) continue;
    const Time left = model->leaves(1, client, s(7200), Time::never());
    REQUIRE_FALSE(model->available(1, client, left + Duration::from_seconds(6000)));
    const Time back = left + Duration::from_seconds(7200 + 1800);
    REQUIRE(model->available(1, client, back));
    REQUIRE((model->leaves(1, client, back, Time::never()) - left).seconds() == Approx(3 * 3600).epsilon(0.06));
    ++checked;
  }
  REQUIRE(checked > 30);
}

TEST_CASE("Weibull on_off: available until it leaves, away right after, across blocks too") {
  // A block is 1,024 s.
  const auto model = on_off("on: 900 ms, off: 100 ms, on_shape: 0.7, off_shape: 2");
  int checked = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const ClientId client{i};
    const Time at = s(1023 + 0.001 * i);
    if (!model->available(2, client, at)) continue;
    const Time left = model->leaves(2, client, at, s(1e6));
    REQUIRE(left > at);
    for (const double part : {0.0, 0.3, 0.9, 0.999}) {
      const Time between{at.ns + static_cast<std::int64_t>(part * static_cast<double>((left - at).ns))};
      REQUIRE(model->available(2, client, between));
      REQUIRE(model->leaves(2, client, between, s(1e6)) == left);
    }
    REQUIRE_FALSE(model->available(2, client, left));
    REQUIRE(model->leaves(2, client, at, Time{left.ns - 1}) == Time::never());
    REQUIRE(model->leaves(2, client, at, left) == left);
    ++checked;
  }
  REQUIRE(checked > 1500);
}

TEST_CASE("on_off with shapes of 1 is what it is without them") {
  const auto plain = on_off("on: 10 min, off: 20 min");
  const auto shaped = on_off("on: 10 min, off: 20 min, on_shape: 1, off_shape: 1");
  for (std::uint32_t i = 0; i < 300; ++i) {
    const Time at = s(77.0 * i);
    REQUIRE(plain->available(1, ClientId{i}, at) == shaped->available(1, ClientId{i}, at));
    REQUIRE(plain->leaves(1, ClientId{i}, at, s(1e5)) == shaped->leaves(1, ClientId{i}, at, s(1e5)));
  }
}

TEST_CASE("on_off refuses shapes that no times have") {
  REQUIRE_THROWS_WITH(on_off("on_shape: 0"), Catch::Contains("on_shape: must be between 0.1 and 100, got 0"));
}
