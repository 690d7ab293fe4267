#pragma once
// Virtual time: whole nanoseconds, so that sums are exact, equal means equal, and no order hangs on rounding.

#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>

namespace fedtide {

/// A span of virtual time in nanoseconds; up to 292 years either way.
struct Duration {
  std::int64_t ns = 0;

  static constexpr Duration max() { return {std::numeric_limits<std::int64_t>::max()}; }

  /// The nearest nanosecond; saturates at the ends of the range. NaN is treated as the upper end.
  static Duration from_seconds(double seconds) {
    const double ns = seconds * 1e9;
    if (ns <= -9.2e18) return {std::numeric_limits<std::int64_t>::min()};
    if (!(ns < 9.2e18)) return max();
    return {static_cast<std::int64_t>(std::llround(ns))};
  }
  constexpr double seconds() const { return static_cast<double>(ns) / 1e9; }

  auto operator<=>(const Duration&) const = default;
};

/// A point of virtual time, in nanoseconds since the start of the run.
struct Time {
  std::int64_t ns = 0;

  static constexpr Time never() { return {std::numeric_limits<std::int64_t>::max()}; }
  constexpr double seconds() const { return static_cast<double>(ns) / 1e9; }

  auto operator<=>(const Time&) const = default;
};

/// Sums and differences saturate at the end of the range: a time beyond 292 years is `never`, not the past.
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  return sum;
}
constexpr std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) {
    return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  return difference;
}
constexpr Duration operator+(Duration a, Duration b) { return {saturating_add(a.ns, b.ns)}; }
constexpr Duration operator-(Duration a, Duration b) { return {saturating_subtract(a.ns, b.ns)}; }
constexpr Time operator+(Time t, Duration d) { return {saturating_add(t.ns, d.ns)}; }
constexpr Duration operator-(Time a, Time b) { return {saturating_subtract(a.ns, b.ns)}; }

}  // namespace fedtide
