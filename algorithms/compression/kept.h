#pragma once
// How many of a vector's elements a sparse codec keeps.

#include <algorithm>
#include <cmath>

#include "sim/federation/codec.h"

namespace fedtide {

/// k = fraction d, rounded up: at least 1.
inline std::size_t kept(double fraction, Index d) {
  const double k = std::ceil(fraction * static_cast<double>(d));
  return std::clamp<std::size_t>(static_cast<std::size_t>(k), 1, static_cast<std::size_t>(d));
}

/// Reads `fraction`.
inline double read_fraction(Section& s) {
  return s.real(
      "fraction",
      {.fallback = 0.05, .bounds = fraction(), .help = "of the elements that is sent, at least one", .source = ""});
}

}  // namespace fedtide
