#pragma once
// The units people may write, and what to say about those they may not. Internal to quantity.cpp.

#include <span>
#include <string>
#include <string_view>

#include "sim/base/quantity.h"

namespace fedtide {

/// One of them is factor * 10^exponent base units; two numbers, so that a power of ten costs no rounding.
struct WrittenUnit {
  std::string_view name;
  Unit unit;
  int factor;
  int exponent;
};

/// All of them, by unit and then by size; the base unit of each has factor 1 and exponent 0.
std::span<const WrittenUnit> written_units();

/// Null when there is none of this name.
const WrittenUnit* find_unit(std::string_view name);

/// Why `name` is no unit and what would be one: `"Mbps" is not a unit; did you mean "Mbit/s"?`.
std::string unknown_unit(std::string_view name);

}  // namespace fedtide
