#include "sim/config/sample.h"

#include <cmath>
#include <numbers>

#include "sim/base/statistics.h"
#include "tests/catch.h"

using namespace fedtide;

TEST_CASE("a draw has the moments of its distribution") {
  struct Case {
    Draw draw;
    double mean, variance;
  };
  // Half-normal of mean m: s = m sqrt(pi / 2), variance s^2 (1 - 2 / pi) = m^2 (pi / 2 - 1). Pareto: mean x a / (a -
  // 1), variance x^2 a / ((a - 1)^2 (a - 2)). lognormal: median e^mu, mean e^(mu + s^2/2), variance (e^(s^2) - 1)
  // mean^2. The normal one is far enough from the floor of 0.
  const double mean = 2 * std::exp(0.125);
  const Case cases[] = {{{Draw::Kind::uniform, 2, 5}, 3.5, 0.75},
                        {{Draw::Kind::normal, 100, 3}, 100, 9},
                        {{Draw::Kind::lognormal, 2, 0.5}, mean, (std::exp(0.25) - 1) * mean * mean},
                        {{Draw::Kind::exponential, 4, 0}, 4, 16},
                        {{Draw::Kind::half_normal, 2, 0}, 2, 4 * (std::numbers::pi / 2 - 1)},
                        {{Draw::Kind::pareto, 2, 5}, 2.5, 4 * 5.0 / (16 * 3)}};
  for (const Case& c : cases) {
    Stream stream(5, Purpose::device, static_cast<std::uint32_t>(c.draw.kind));
    Moments moments;
    constexpr int n = 200000;
    for (int i = 0; i < n; ++i) moments.add(sample(c.draw, stream));
    INFO("kind " << static_cast<int>(c.draw.kind));
    REQUIRE(mean_of(c.draw) == Approx(c.mean));
    REQUIRE(moments.mean() == Approx(c.mean).margin(4 * std::sqrt(c.variance / n)));
    REQUIRE(moments.variance() == Approx(c.variance).epsilon(0.03));
  }
  Stream stream(5, Purpose::device);
  REQUIRE(sample({Draw::Kind::constant, 7, 0}, stream) == 7);
}

TEST_CASE("a draw below the floor is drawn again, and is the floor when none is above") {
  Stream stream(6, Purpose::device);
  for (int i = 0; i < 1000; ++i) REQUIRE(sample({Draw::Kind::normal, 1, 2}, stream) >= 0);
  REQUIRE(sample({Draw::Kind::constant, -5, 0}, stream, 1) == 1);
}
