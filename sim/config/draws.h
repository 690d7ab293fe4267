#pragma once
// How the kinds of Draw are written: one table for reading, printing and the schema.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/section.h"

namespace fedtide {

/// A key of a {distribution: ...} mapping.
struct DrawKey {
  std::string_view name;
  double Draw::*member = nullptr;
  bool has_unit = true;  ///< of the quantity drawn; else a pure number
  enum class Role { location, spread, shape } role = Role::location;
  std::string_view help;
};

/// A location is bounded as the quantity is, a spread is at least 0, a shape above 0.
const Bounds& bounds_of(const DrawKey& key, const Bounds& quantity);

struct DrawForm {
  Draw::Kind kind;
  std::string_view name;  ///< the word after `distribution:`
  std::string_view help;
  std::vector<DrawKey> keys;
};

/// In the order of Draw::Kind.
std::span<const DrawForm> draw_forms();
const DrawForm& form_of(Draw::Kind kind);

/// The words of `distribution:` with a line for each.
std::vector<About> draw_words();

/// "2 GFLOP/s" for a constant; "lognormal, median 2 GFLOP/s, sigma 0.5".
std::string text_of(const Draw& draw, Unit unit);

}  // namespace fedtide
