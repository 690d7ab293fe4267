#include "sim/fleet/availability_weibull.h"

#include <algorithm>
#include <cmath>

#include "sim/base/distributions.h"

namespace fedtide {
namespace {

constexpr double kCyclesPerBlock = 1024;

/// Weibull times by their scale: P(X > x) = exp(-(x / scale)^shape), mean = scale Gamma(1 + 1 / shape).
class Weibull {
 public:
  explicit Weibull(const WeibullTimes& times)
      : inverse_shape_(1 / times.shape), scale_s_(times.mean_s / std::tgamma(1 + 1 / times.shape)) {}

  Duration draw(Stream& stream) const { return whole(scale_s_ * std::pow(exponential(stream, 1), inverse_shape_)); }

  /// What is left of an interval met at a random time, with density P(X > x) / mean: a uniform part of a length-biased
  /// one. With y = (x / scale)^shape the density x f(x) / mean becomes that of Gamma(1 + 1 / shape).
  Duration draw_residual(Stream& stream) const {
    const double part = uniform(stream);
    return whole(part * scale_s_ * std::pow(gamma(stream, 1 + inverse_shape_), inverse_shape_));
  }

 private:
  // An interval of no length would let a walk stand still.
  static Duration whole(double seconds) { return std::max(Duration{1}, Duration::from_seconds(seconds)); }

  double inverse_shape_;
  double scale_s_;
};

class WeibullOnOff final : public Availability {
 public:
  WeibullOnOff(const WeibullTimes& on, const WeibullTimes& off)
      : on_share_(on.mean_s / (on.mean_s + off.mean_s)),
        on_(on),
        off_(off),
        block_(Duration::from_seconds(kCyclesPerBlock * (on.mean_s + off.mean_s))) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    return interval_at(seed, client, at.ns / block_.ns, at).on;
  }

  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    std::int64_t block = at.ns / block_.ns;
    Interval now = interval_at(seed, client, block, at);
    // On at a block's end and on at the next one's begin is one time available.
    while (now.on && now.end <= horizon && now.end == end_of(block)) {
      ++block;
      now = interval_at(seed, client, block, now.end);
      if (!now.on) return end_of(block - 1);
    }
    return now.end <= horizon ? now.end : Time::never();
  }

  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    std::int64_t block = at.ns / block_.ns;
    Interval now = interval_at(seed, client, block, at);
    while (!now.on && now.end <= horizon && now.end == end_of(block)) {
      ++block;
      now = interval_at(seed, client, block, now.end);
      if (now.on) return end_of(block - 1);
    }
    return now.end <= horizon ? now.end : Time::never();
  }

 private:
  struct Interval {
    bool on;
    Time end;
  };

  Time end_of(std::int64_t block) const {
    std::int64_t end = 0;
    return __builtin_mul_overflow(block + 1, block_.ns, &end) ? Time::never() : Time{end};
  }

  /// The interval of a block that holds `at`, cut at the block's end.
  Interval interval_at(std::uint64_t seed, ClientId client, std::int64_t block, Time at) const {
    // A name has 32 bits for the block; those above go into the seed.
    const auto number = static_cast<std::uint64_t>(block);
    const std::uint64_t fold = (number >> 32) * 0x9e3779b97f4a7c15u;
    Stream stream(seed ^ fold, Purpose::availability, raw(client), static_cast<std::uint32_t>(number));
    bool on = uniform(stream) < on_share_;
    Time end = Time{block * block_.ns} + (on ? on_ : off_).draw_residual(stream);
    while (end <= at) {
      on = !on;
      end = end + (on ? on_ : off_).draw(stream);
    }
    return {on, std::min(end, end_of(block))};
  }

  double on_share_;
  Weibull on_;
  Weibull off_;
  Duration block_;
};

}  // namespace

std::unique_ptr<Availability> weibull_on_off(const WeibullTimes& on, const WeibullTimes& off) {
  return std::make_unique<WeibullOnOff>(on, off);
}

}  // namespace fedtide
