#include "sim/fleet/link_path.h"

#include <algorithm>

#include "sim/config/sample.h"
#include "sim/fleet/tcp.h"

namespace fedtide {
namespace {

// A rate of zero would never finish; one bit/s is as slow as anything gets.
constexpr double kSlowest = 1;
// Where a distribution reaches beyond it.
constexpr double kMostLoss = 0.999;

Draw constant(double value) { return {Draw::Kind::constant, value, 0}; }

Draw read_rate(Section& s, const char* key, double fallback, const char* help) {
  return s.draw(key, Unit::bit_per_second, constant(fallback),
                {.fallback = {}, .bounds = positive(), .help = help, .source = ""});
}

Draw read_time(Section& s, const char* key, double fallback, const char* help) {
  return s.draw(key, Unit::second, constant(fallback),
                {.fallback = {}, .bounds = non_negative(), .help = help, .source = ""});
}

}  // namespace

RateDraws RateDraws::read(Section& s) {
  const Draw down = read_rate(s, "down", 20e6, "download rate of a client");
  const Draw up = read_rate(s, "up", 5e6, "upload rate of a client");
  return {down, up};
}

void RateDraws::apply(Stream& stream, Link& link) const {
  link.down = {sample(down, stream, kSlowest)};
  link.up = {sample(up, stream, kSlowest)};
}

Draw read_latency(Section& s) { return read_time(s, "latency", 0.05, "one-way delay before each transfer"); }

NoiseDraws NoiseDraws::read(Section& s) {
  NoiseDraws noise;
  noise.jitter = read_time(s, "jitter", 0, "mean of the exponential extra delay of each transfer");
  noise.loss = s.draw("loss", Unit::none, constant(0),
                      {.fallback = {},
                       .bounds = {.low = 0, .high = 1, .high_open = true},
                       .help = "share of packets lost, which bounds both rates as it bounds TCP's",
                       .source = "Mathis et al. 1997"});
  return noise;
}

void NoiseDraws::apply(Stream& stream, Link& link) const {
  link.jitter = Duration::from_seconds(sample(jitter, stream));
  if (loss.kind == Draw::Kind::constant && loss.a <= 0) return;
  limit_by_loss(link, std::min(sample(loss, stream), kMostLoss));
}

}  // namespace fedtide
