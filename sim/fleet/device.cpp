#include "sim/fleet/device.h"

#include <cmath>

#include "sim/base/distributions.h"

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
  return draw.a;
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
