#pragma once
// Strict numbers: what a written number must look like for its key, and what to say when it does not.

#include <optional>
#include <string>
#include <string_view>

#include "sim/config/section.h"
#include "sim/config/tree.h"

namespace fedtide {

struct NumberForm {
  Unit unit = Unit::none;
  bool whole = false;
  std::string word;  ///< allowed instead of the number; may be empty
  Bounds bounds;
};

/// A value in base units, or an error; both absent: the form's word was written.
struct NumberResult {
  std::optional<double> value;
  std::string error;
};

NumberResult number_of(const Node& node, const NumberForm& form);

/// "a whole number of at least 1 or "full"", "a time greater than 0 s".
std::string wanted(const NumberForm& form);

/// "a time", "an amount of data"; "a number" for none.
std::string_view noun(Unit unit);

/// An example that the bounds allow, with its unit.
std::string example_of(Unit unit, const Bounds& bounds);

/// Some value within the bounds, for code that goes on after a mistake.
double stand_in(const Bounds& bounds, bool whole);

}  // namespace fedtide
