#include <fmt/format.h>

#include <cmath>

#include "sim/config/section.h"

namespace fedtide {

std::string Bounds::text(Unit unit) const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high);
  const std::string from = has_low ? format_quantity(low, unit) : "";
  const std::string to = has_high ? format_quantity(high, unit) : "";
  if (has_low && has_high && !low_open && !high_open) return fmt::format("between {} and {}", from, to);
  std::string text;
  if (has_low) text = (low_open ? "greater than " : "at least ") + from;
  if (has_high) text += (has_low ? " and " : "") + std::string(high_open ? "less than " : "at most ") + to;
  return text;
}

Bounds anything() { return {}; }

Bounds positive() { return above(0); }

Bounds non_negative() { return at_least(0); }

Bounds at_least(double low) {
  Bounds b;
  b.low = low;
  return b;
}

Bounds above(double low) {
  Bounds b;
  b.low = low;
  b.low_open = true;
  return b;
}

Bounds between(double low, double high) {
  Bounds b;
  b.low = low;
  b.high = high;
  return b;
}

Bounds probability() { return between(0, 1); }

Bounds fraction() {
  Bounds b = between(0, 1);
  b.low_open = true;
  return b;
}

}  // namespace fedtide
