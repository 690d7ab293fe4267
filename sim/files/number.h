#pragma once
// Numbers as text, strictly: decimal, finite, within float32, with nothing after them.

#include <optional>
#include <string>
#include <string_view>

namespace fedtide {

/// Reads the number that begins at `first` and returns where it ends; null when none begins there. Decimal, with one
/// sign (also +), digits, perhaps a point, perhaps an exponent; correctly rounded to double; no hexadecimal, no
/// infinity, no "nan", and at most what float32 can hold.
const char* scan_number(const char* first, const char* last, double& value);

/// The number that is the whole text.
std::optional<double> parse_number(std::string_view text);

/// The whole number from `low` to `high` that is the whole text: digits only, or a sign and digits.
std::optional<std::int64_t> parse_whole(std::string_view text, std::int64_t low, std::int64_t high);

/// For a message about text that is no number: `found "nan", must be a finite number`.
std::string why_no_number(std::string_view text);

}  // namespace fedtide
