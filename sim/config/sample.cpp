#include "sim/config/sample.h"

#include <cmath>

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

}  // namespace fedtide
