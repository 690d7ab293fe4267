#pragma once
// The text of values, taken apart where no bracket and no quote hides its commas.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fedtide {

/// Without white space around it.
std::string_view trimmed(std::string_view text);

struct TopLevel {
  std::vector<std::size_t> commas;  ///< where they stand
  bool closed = true;               ///< all brackets and quotes close, and none closes that was not open
};
TopLevel top_level(std::string_view text);

/// "choice", "range" and the like: what makes several values, written as a call.
const std::vector<std::string>& sweep_functions();

}  // namespace fedtide
