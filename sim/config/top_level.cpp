#include "sim/config/top_level.h"

namespace fedtide {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1);
}

TopLevel top_level(std::string_view text) {
  TopLevel found;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{' || c == '(') {
      ++depth;
    } else if (c == ']' || c == '}' || c == ')') {
      if (--depth < 0) found.closed = false;
    } else if (c == ',' && depth == 0) {
      found.commas.push_back(i);
    }
  }
  if (depth != 0 || quote != 0) found.closed = false;
  return found;
}

const std::vector<std::string>& sweep_functions() {
  static const std::vector<std::string> names = {"choice", "range", "linspace", "logspace"};
  return names;
}

}  // namespace fedtide
