#include "sim/config/sample.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

double sample_once(const Draw& draw, Stream& stream) {
  switch (draw.kind) {
    case Draw::Kind::constant:
      return draw.a;
    case Draw::Kind::uniform:
      return draw.a + (draw.b - draw.a) * uniform(stream);
    case Draw::Kind::normal:
      return draw.a + draw.b * normal(stream);
    case Draw::Kind::lognormal:
      return lognormal(stream, std::log(draw.a), draw.b);
    case Draw::Kind::exponential:
      return exponential(stream, draw.a);
    case Draw::Kind::half_normal:
      return draw.a * std::sqrt(std::numbers::pi / 2) * std::abs(normal(stream));
    case Draw::Kind::pareto:
      return draw.a * std::pow(uniform_open(stream), -1 / draw.b);
  }
  FEDTIDE_REQUIRE(false, "distribution {}", static_cast<int>(draw.kind));
}

}  // namespace

double sample(const Draw& draw, Stream& stream, double floor) {
  for (int attempt = 0; attempt < 64; ++attempt) {
    const double value = sample_once(draw, stream);
    if (value >= floor) return value;
  }
  return floor;
}

double mean_of(const Draw& draw) {
  switch (draw.kind) {
    case Draw::Kind::uniform:
      return (draw.a + draw.b) / 2;
    case Draw::Kind::lognormal:
      return draw.a * std::exp(draw.b * draw.b / 2);
    case Draw::Kind::pareto:
      return draw.b > 1 ? draw.a * draw.b / (draw.b - 1) : std::numeric_limits<double>::infinity();
    default:
      return draw.a;
  }
}

}  // namespace fedtide
