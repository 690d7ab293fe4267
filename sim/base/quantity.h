#pragma once
// Quantities with units. Inside the program a quantity is a plain number in its base unit, wrapped in its own type;
// people write and read it with a unit ("90 s", "10 Mbit/s"). Powers of ten are SI; Ki, Mi, Gi are powers of 1024.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fedtide {

/// What a number measures. `none` is a pure number.
enum class Unit { none, second, byte, bit_per_second, flop, flop_per_second, joule, watt };

struct Bytes {
  std::int64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};
constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }

struct BitRate {  ///< bit/s
  double per_second = 0;
  auto operator<=>(const BitRate&) const = default;
};

struct Flops {  ///< floating-point operations
  double count = 0;
  auto operator<=>(const Flops&) const = default;
};

struct FlopRate {  ///< FLOP/s
  double per_second = 0;
  auto operator<=>(const FlopRate&) const = default;
};

struct Joules {
  double value = 0;
  auto operator<=>(const Joules&) const = default;
};

/// The base unit's symbol ("s", "B", "bit/s", "FLOP", "FLOP/s", "J", "W", ""), as shown to people.
std::string_view symbol(Unit unit);

/// The base unit as a UDUNITS string for files ("s", "byte", "bit s-1", "1", ...).
std::string_view udunits(Unit unit);

/// An example value of the unit, for messages ("90 s", "5 MB", "10 Mbit/s").
std::string_view example(Unit unit);

struct ParsedQuantity {
  double value = 0;          ///< in base units
  std::optional<Unit> unit;  ///< empty: no unit was written
  std::string error;         ///< not empty: why the text is no quantity; quotes the text, says what would be right
};

/// Reads "90 s", "1.5h", "7 d", "20 ms", "10 Mbit/s", "5 MB", "2 MiB", "2 GFLOP/s", "3", "1e-3". Decimal point, C
/// locale; refuses nan, inf, hexadecimal, digit separators, a leading zero ("012"), numbers outside the range of a
/// double, an unknown unit (and names the nearest). The value is the double nearest to what is written; of min, h, d,
/// Wh, kWh and Ki, Mi, Gi the product of two.
ParsedQuantity parse_quantity(std::string_view text);

/// The shortest text that reads back to the same value: "90 s", "10 Mbit/s", "20 ms"; without an exponent from 1e-6 to
/// 1e15. Of equally short ones that with a number of at least 1, then that with the larger unit. Rates are in bits.
/// "inf", "-inf" and "nan" for what is no quantity.
std::string format_quantity(double value, Unit unit);

}  // namespace fedtide
