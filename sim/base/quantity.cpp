#include "sim/base/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

#include "sim/base/error.h"
#include "sim/base/units.h"

namespace fedtide {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t count = 0;
  while (from + count < text.size() && is_digit(text[from + count])) ++count;
  return count;
}

/// A written number, cut into mantissa and exponent, and what follows it.
struct Written {
  std::string_view mantissa;  ///< sign, digits, point, digits; empty: no number
  int exponent = 0;
  std::string_view rest;
  std::size_t whole_digits = 0;  ///< before the point
};

constexpr int kHugeExponent = 100000;

Written cut(std::string_view text) {
  Written written;
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  written.whole_digits = digits_at(text, sign);
  std::size_t end = sign + written.whole_digits;
  std::size_t decimals = 0;
  if (end < text.size() && text[end] == '.') {
    decimals = digits_at(text, end + 1);
    if (decimals > 0) end += 1 + decimals;
  }
  written.rest = text;
  if (written.whole_digits + decimals == 0) return written;
  written.mantissa = text.substr(0, end);
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const bool has_sign = end + 1 < text.size() && (text[end + 1] == '+' || text[end + 1] == '-');
    const std::size_t first = end + 1 + (has_sign ? 1 : 0);
    const std::size_t count = digits_at(text, first);
    if (count > 0) {
      const auto parsed = std::from_chars(text.data() + first, text.data() + first + count, written.exponent);
      if (parsed.ec != std::errc{} || written.exponent > kHugeExponent) written.exponent = kHugeExponent;
      if (text[first - 1] == '-') written.exponent = -written.exponent;
      end = first + count;
    }
  }
  written.rest = text.substr(end);
  return written;
}

/// mantissa * 10^exponent, rounded once; nothing when out of range.
std::optional<double> assemble(std::string_view mantissa, int exponent) {
  const std::string text = fmt::format("{}e{}", mantissa, exponent);
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  FEDTIDE_REQUIRE(parsed.ptr == text.data() + text.size(), "\"{}\" is not a number", text);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return value;
}

ParsedQuantity refuse(std::string_view text, std::string_view why) {
  ParsedQuantity parsed;
  parsed.error = fmt::format("\"{}\" {}", text, why);
  return parsed;
}

/// What is wrong with the form of the number; empty when it is right.
std::string_view wrong_form(const Written& written) {
  if (written.mantissa.empty()) return "is not a number; write one like 3, 0.5, 1e-3 or \"90 s\"";
  const std::size_t first = written.mantissa.front() == '-' ? 1 : 0;
  const std::string_view rest = written.rest;
  if (written.whole_digits > 1 && written.mantissa[first] == '0') return "has a leading zero; write it without";
  if (rest.starts_with('x') || rest.starts_with('X')) return "is hexadecimal; write a decimal number";
  const bool separated = rest.size() > 1 && is_digit(rest[1]) && std::string_view(",_' ").find(rest[0]) != rest.npos;
  if (separated)
    return "has a digit separator or a decimal comma; write plain digits with a decimal point, like 1234.5";
  if (rest.starts_with('.')) return "has a point without digits after it; write one like 3 or 3.5";
  return "";
}

/// Decimal digits without a point, and the power of ten of the first; of the shortest text that reads back.
struct Digits {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

Digits digits_of(double value) {
  std::array<char, 40> buffer{};
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  Digits result;
  result.negative = text.starts_with('-');
  for (const char c : text.substr(0, e)) {
    if (is_digit(c)) result.digits += c;
  }
  const std::size_t exponent = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + exponent, text.data() + text.size(), result.exponent);
  return result;
}

std::string plain(const Digits& number) {
  const std::string& digits = number.digits;
  std::string text = number.negative ? "-" : "";
  if (number.exponent < -6 || number.exponent > 15) {
    text += digits.substr(0, 1);
    if (digits.size() > 1) text += fmt::format(".{}", digits.substr(1));
    return text + fmt::format("e{}", number.exponent);
  }
  if (number.exponent < 0) {
    text += "0.";
    text.append(static_cast<std::size_t>(-number.exponent - 1), '0');
    return text + digits;
  }
  const auto whole = static_cast<std::size_t>(number.exponent + 1);
  if (digits.size() <= whole) {
    text += digits;
    text.append(whole - digits.size(), '0');
    return text;
  }
  return text + fmt::format("{}.{}", digits.substr(0, whole), digits.substr(whole));
}

/// The value in one unit, as text; empty where it does not read back.
std::string in_unit(double value, const WrittenUnit& unit, Digits& digits) {
  digits = digits_of(value / unit.factor);
  digits.exponent -= unit.exponent;
  std::string text = fmt::format("{} {}", plain(digits), unit.name);
  const ParsedQuantity back = parse_quantity(text);
  return back.error.empty() && back.value == value ? text : std::string();
}

}  // namespace

std::string_view symbol(Unit unit) {
  for (const WrittenUnit& written : written_units()) {
    if (written.unit == unit && written.factor == 1 && written.exponent == 0) return written.name;
  }
  return "";
}

std::string_view udunits(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "1";
    case Unit::second:
      return "s";
    case Unit::byte:
      return "byte";
    case Unit::bit_per_second:
      return "bit s-1";
    case Unit::flop:
      return "1";
    case Unit::flop_per_second:
      return "s-1";
    case Unit::joule:
      return "J";
    case Unit::watt:
      return "W";
  }
  FEDTIDE_REQUIRE(false, "unit {}", static_cast<int>(unit));
}

std::string_view example(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "3";
    case Unit::second:
      return "90 s";
    case Unit::byte:
      return "5 MB";
    case Unit::bit_per_second:
      return "10 Mbit/s";
    case Unit::flop:
      return "2 GFLOP";
    case Unit::flop_per_second:
      return "2 GFLOP/s";
    case Unit::joule:
      return "5 kJ";
    case Unit::watt:
      return "2 W";
  }
  FEDTIDE_REQUIRE(false, "unit {}", static_cast<int>(unit));
}

ParsedQuantity parse_quantity(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return refuse(text, "is empty; write a number like 3, 0.5, 1e-3 or \"90 s\"");
  const Written written = cut(text);
  const std::string_view form = wrong_form(written);
  if (!form.empty()) return refuse(text, form);
  const std::string_view name = trimmed(written.rest);
  const WrittenUnit* unit = name.empty() ? nullptr : find_unit(name);
  if (!name.empty() && unit == nullptr) return refuse(text, "has no known unit: " + unknown_unit(name));
  const std::optional<double> number = assemble(written.mantissa, written.exponent + (unit ? unit->exponent : 0));
  const double value = number.value_or(INFINITY) * (unit ? unit->factor : 1);
  if (!std::isfinite(value)) {
    return refuse(text, "is out of range; the size of a number is 0 or between 4.94e-324 and 1.79e308 in base units");
  }
  ParsedQuantity parsed;
  parsed.value = value;
  if (unit != nullptr) parsed.unit = unit->unit;
  return parsed;
}

std::string format_quantity(double value, Unit unit) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : (value > 0 ? "inf" : "-inf");
  if (unit == Unit::none) return plain(digits_of(value));
  if (value == 0) return fmt::format("0 {}", symbol(unit));
  std::string best;
  bool best_is_whole = false;
  for (const WrittenUnit& written : written_units()) {
    if (written.unit != unit) continue;
    // Links are compared in bits.
    if (unit == Unit::bit_per_second && written.factor != 1) continue;
    Digits digits;
    const std::string text = in_unit(value, written, digits);
    if (text.empty()) continue;
    const bool is_whole = digits.exponent >= 0;
    const bool better =
        best.empty() || text.size() < best.size() || (text.size() == best.size() && (is_whole || !best_is_whole));
    if (!better) continue;
    best = text;
    best_is_whole = is_whole;
  }
  FEDTIDE_REQUIRE(!best.empty(), "{} {} does not read back", value, symbol(unit));
  return best;
}

}  // namespace fedtide
