#include "sim/files/number.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "sim/files/lines.h"

namespace fedtide {
namespace {

constexpr double kMost = std::numeric_limits<float>::max();
constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Any number; the sign has been taken.
const char* scan_slowly(const char* first, const char* last, double& value) {
  if (first == last || !(is_digit(*first) || *first == '.')) return nullptr;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error == std::errc::invalid_argument) return nullptr;
  // Too large and too small are one error there; strtod tells them apart.
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string(first, end).c_str(), nullptr);
  return value <= kMost ? end : nullptr;
}

}  // namespace

const char* scan_number(const char* first, const char* last, double& value) {
  const char* p = first;
  const bool negative = p != last && *p == '-';
  if (p != last && (*p == '-' || *p == '+')) ++p;
  const char* const digits = p;
  // Up to 15 digits and a power of ten to 10^15 are exact as doubles, so that one division rounds correctly (Clinger
  // 1990).
  std::uint64_t mantissa = 0;
  while (p != last && is_digit(*p)) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p++ - '0');
  auto count = p - digits;
  std::ptrdiff_t places = 0;
  if (p != last && *p == '.') {
    const char* const fraction = ++p;
    while (p != last && is_digit(*p)) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p++ - '0');
    places = p - fraction;
    count += places;
  }
  const bool has_exponent = p != last && (*p == 'e' || *p == 'E');
  if (count > 0 && count <= 15 && !has_exponent) {
    value = static_cast<double>(mantissa) / kPowers[static_cast<std::size_t>(places)];
  } else {
    p = scan_slowly(digits, last, value);
  }
  if (negative) value = -value;
  return p;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const char* const last = text.data() + text.size();
  return scan_number(text.data(), last, value) == last && !text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parse_whole(std::string_view text, std::int64_t low, std::int64_t high) {
  const bool plus = text.size() > 1 && text[0] == '+' && is_digit(text[1]);
  const char* const first = text.data() + (plus ? 1 : 0);
  const char* const last = text.data() + text.size();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || end != last || value < low || value > high) return std::nullopt;
  return value;
}

std::string why_no_number(std::string_view text) {
  const std::string found = text.empty() ? "found nothing" : "found " + in_quotes(text);
  double value = 0;
  const char* const last = text.data() + text.size();
  const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  const auto [end, error] = std::from_chars(text.data() + (sign ? 1 : 0), last, value);
  const bool is_other = error == std::errc::invalid_argument || end != last;
  if (is_other) return found + ", must be a number";
  if (std::isnan(value) || std::isinf(value)) return found + ", must be a finite number";
  return fmt::format("{}, must be between -{:.4g} and {:.4g}, the range of float32", found, kMost, kMost);
}

}  // namespace fedtide
