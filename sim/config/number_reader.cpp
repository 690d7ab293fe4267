#include "sim/config/number_reader.h"

#include <algorithm>
#include <cmath>

namespace fedtide {

namespace {

constexpr double kFirstInexactWhole = 9007199254740992.0;  // 2^53
constexpr double kLongestSeconds = 8.64e9;                 // 100,000 days; Duration ends at 292 years

NumberResult wrong(std::string error) { return {std::nullopt, std::move(error)}; }

/// Whether the decimal digits themselves make a whole number: "0.99999999999999999999" is the double 1 but not the
/// number 1.
bool is_written_whole(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t point = mantissa.find('.');
  if (mantissa.find_first_of("123456789") == mantissa.npos) return true;
  const std::size_t last = mantissa.find_last_of("123456789");
  // Powers of ten of the last digit that is not zero.
  double power = 0;
  if (point != mantissa.npos) {
    power = last > point ? -static_cast<double>(last - point) : static_cast<double>(point - 1 - last);
  } else {
    power = static_cast<double>(mantissa.size() - 1 - last);
  }
  double exponent = 0;
  bool is_negative = false;
  if (e != text.npos) {
    for (const char c : text.substr(e + 1)) {
      if (c == '-') is_negative = true;
      if (c >= '0' && c <= '9') exponent = std::min(1e9, exponent * 10 + (c - '0'));
    }
  }
  return power + (is_negative ? -exponent : exponent) >= 0;
}

NumberResult check_value(double value, const Node& node, const NumberForm& form) {
  if (form.whole && form.unit == Unit::none && !is_written_whole(node.text)) {
    return wrong("must be a whole number, got " + shown(node));
  }
  if (form.whole && std::floor(value) != value) {
    return wrong(fmt::format("must be a whole number of {}, got {}", symbol(form.unit), shown(node)));
  }
  if (!form.bounds.contain(value)) return wrong("must be " + form.bounds.text(form.unit) + ", got " + shown(node));
  if (form.whole && std::abs(value) >= kFirstInexactWhole) {
    return wrong("must be less than 9007199254740992 (2^53) in size, got " + shown(node));
  }
  if (form.unit == Unit::second && std::abs(value) > kLongestSeconds) {
    return wrong("must be at most 100000 d, got " + shown(node));
  }
  if (form.unit == Unit::second && value != 0 && Duration::from_seconds(value).ns == 0) {
    return wrong("must be 0 s or at least 1 ns, got " + shown(node));
  }
  return {value, ""};
}

}  // namespace

std::string_view noun(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "a number";
    case Unit::second:
      return "a time";
    case Unit::byte:
      return "an amount of data";
    case Unit::bit_per_second:
      return "a data rate";
    case Unit::flop:
      return "an amount of computation";
    case Unit::flop_per_second:
      return "a computing speed";
    case Unit::joule:
      return "an energy";
    case Unit::watt:
      return "a power";
  }
  FEDTIDE_REQUIRE(false, "unit {}", static_cast<int>(unit));
}

double stand_in(const Bounds& bounds, bool whole) {
  const double middle = bounds.low + (bounds.high - bounds.low) / 2;
  for (const double x : {1.0, 0.0, bounds.low, bounds.high, bounds.low + 1, bounds.high - 1, middle}) {
    if (std::isfinite(x) && bounds.contain(x) && (!whole || std::floor(x) == x)) return x;
  }
  return std::isfinite(bounds.low) ? bounds.low : 0;
}

std::string example_of(Unit unit, const Bounds& bounds) {
  const std::string usual(example(unit));
  if (bounds.contain(parse_quantity(usual).value)) return usual;
  return format_quantity(stand_in(bounds, false), unit);
}

std::string wanted(const NumberForm& form) {
  std::string text(form.whole && form.unit == Unit::none ? "a whole number" : noun(form.unit));
  const std::string bounds = form.bounds.text(form.unit);
  if (!bounds.empty()) text += (bounds.starts_with("at ") ? " of " : " ") + bounds;
  if (!form.word.empty()) text += " or \"" + form.word + "\"";
  return text;
}

namespace {

std::string not_a_number(const Node& node, const NumberForm& form) {
  const bool has_unit = form.unit != Unit::none;
  const std::string hint = has_unit ? fmt::format(", for example \"{}\"", example_of(form.unit, form.bounds)) : "";
  return fmt::format("must be {}{}, got {}", wanted(form), hint, shown(node));
}

}  // namespace

NumberResult number_of(const Node& node, const NumberForm& form) {
  if (!node.is_scalar()) return wrong(not_a_number(node, form));
  if (!form.word.empty() && node.text == form.word) return {};
  const ParsedQuantity parsed = parse_quantity(node.text);
  const bool is_pure = form.unit == Unit::none;
  if (is_pure && node.quoted && parsed.error.empty() && !parsed.unit) {
    return wrong(fmt::format("must be {}, not text; remove the quotes around {}", wanted(form), shown(node)));
  }
  if (!parsed.error.empty()) {
    const bool is_number_like = node.text.find_first_of("0123456789") != node.text.npos && node.text.size() <= 60;
    if (is_number_like) return wrong(fmt::format("must be {}; {}", wanted(form), parsed.error));
    return wrong(not_a_number(node, form));
  }
  if (is_pure && parsed.unit) return wrong(fmt::format("must be {} without a unit, got {}", wanted(form), shown(node)));
  if (!is_pure && !parsed.unit) {
    const std::string usual = example_of(form.unit, form.bounds);
    return wrong(fmt::format("must have a unit, for example \"{}\", got {}", usual, shown(node)));
  }
  if (!is_pure && *parsed.unit != form.unit) {
    const std::string usual = example_of(form.unit, form.bounds);
    return wrong(fmt::format("must be {}, for example \"{}\", got {}", noun(form.unit), usual, shown(node)));
  }
  return check_value(parsed.value, node, form);
}

}  // namespace fedtide
