#include "sim/base/quantity.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/base/units.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

const std::vector<Unit> kAllUnits = {Unit::none, Unit::second,          Unit::byte,  Unit::bit_per_second,
                                     Unit::flop, Unit::flop_per_second, Unit::joule, Unit::watt};

void check_value(const std::string& text, double value, std::optional<Unit> unit) {
  const ParsedQuantity parsed = parse_quantity(text);
  CAPTURE(text, parsed.error);
  CHECK(parsed.error.empty());
  CHECK(parsed.value == value);
  CHECK(parsed.unit == unit);
}

std::string error_of(const std::string& text) { return parse_quantity(text).error; }

void check_round_trip(double value, Unit unit) {
  const std::string text = format_quantity(value, unit);
  const ParsedQuantity back = parse_quantity(text);
  const bool same_unit = unit == Unit::none ? !back.unit.has_value() : back.unit == unit;
  if (!back.error.empty() || back.value != value || !same_unit) {
    FAIL("\"" << text << "\" reads back as " << back.value << ", not as " << value << " " << symbol(unit));
  }
}

}  // namespace

TEST_CASE("quantities are read in base units", "[quantity]") {
  check_value("90 s", 90, Unit::second);
  check_value("90s", 90, Unit::second);
  check_value("  90   s ", 90, Unit::second);
  check_value("90\ts", 90, Unit::second);
  check_value("20 ms", 0.02, Unit::second);
  check_value("7 us", 7e-6, Unit::second);
  check_value("1 ns", 1e-9, Unit::second);
  check_value("1.5h", 5400, Unit::second);
  check_value("2 min", 120, Unit::second);
  check_value("7 d", 604800, Unit::second);
  check_value("12 B", 12, Unit::byte);
  check_value("1 kB", 1e3, Unit::byte);
  check_value("5 MB", 5e6, Unit::byte);
  check_value("1.5 GB", 1.5e9, Unit::byte);
  check_value("2 TB", 2e12, Unit::byte);
  check_value("1 KiB", 1024, Unit::byte);
  check_value("2 MiB", 2097152, Unit::byte);
  check_value("1 GiB", 1073741824, Unit::byte);
  check_value("56 bit/s", 56, Unit::bit_per_second);
  check_value("64 kbit/s", 64e3, Unit::bit_per_second);
  check_value("10 Mbit/s", 1e7, Unit::bit_per_second);
  check_value("1 Gbit/s", 1e9, Unit::bit_per_second);
  check_value("3 B/s", 24, Unit::bit_per_second);
  check_value("3 kB/s", 24e3, Unit::bit_per_second);
  check_value("3 MB/s", 24e6, Unit::bit_per_second);
  check_value("3 GB/s", 24e9, Unit::bit_per_second);
  check_value("4 FLOP", 4, Unit::flop);
  check_value("4 kFLOP", 4e3, Unit::flop);
  check_value("4 MFLOP", 4e6, Unit::flop);
  check_value("4 GFLOP", 4e9, Unit::flop);
  check_value("4 TFLOP", 4e12, Unit::flop);
  check_value("4 FLOP/s", 4, Unit::flop_per_second);
  check_value("4 kFLOP/s", 4e3, Unit::flop_per_second);
  check_value("4 MFLOP/s", 4e6, Unit::flop_per_second);
  check_value("2 GFLOP/s", 2e9, Unit::flop_per_second);
  check_value("4 TFLOP/s", 4e12, Unit::flop_per_second);
  check_value("3 mJ", 3e-3, Unit::joule);
  check_value("3 J", 3, Unit::joule);
  check_value("3 kJ", 3e3, Unit::joule);
  check_value("3 Wh", 10800, Unit::joule);
  check_value("3 kWh", 10800000, Unit::joule);
  check_value("3 mW", 3e-3, Unit::watt);
  check_value("3 W", 3, Unit::watt);
  check_value("3 kW", 3e3, Unit::watt);
}

TEST_CASE("every unit can be read, and each dimension has its base unit", "[quantity]") {
  for (const WrittenUnit& unit : written_units()) {
    check_value("0 " + std::string(unit.name), 0, unit.unit);
    CHECK(find_unit(unit.name) == &unit);
  }
  for (const Unit unit : kAllUnits) {
    if (unit == Unit::none) continue;
    check_value("1 " + std::string(symbol(unit)), 1, unit);
  }
}

TEST_CASE("numbers without a unit have none", "[quantity]") {
  check_value("3", 3, std::nullopt);
  check_value("-3.25", -3.25, std::nullopt);
  check_value("+8", 8, std::nullopt);
  check_value("0", 0, std::nullopt);
  check_value("0.1", 0.1, std::nullopt);
  check_value(".5", 0.5, std::nullopt);
  check_value("0.001", 0.001, std::nullopt);
  check_value("1e-3", 1e-3, std::nullopt);
  check_value("1E3", 1e3, std::nullopt);
  check_value("1e+3", 1e3, std::nullopt);
  check_value("2.5e2 ms", 0.25, Unit::second);
  check_value("0e5", 0, std::nullopt);
  check_value("1e05", 1e5, std::nullopt);
}

// 0.1 * 1e-3 is not the double nearest to 0.0001; what is written is.
TEST_CASE("a power of ten in the unit costs no rounding", "[quantity]") {
  CHECK(parse_quantity("0.1 ms").value == 1e-4);
  CHECK(parse_quantity("3 ns").value == 3e-9);
  CHECK(parse_quantity("1.1 us").value == 1.1e-6);
  CHECK(parse_quantity("0.3 GB").value == 3e8);
  CHECK(parse_quantity("1.005 MB").value == 1005000);
}

TEST_CASE("the range of numbers is that of a double", "[quantity]") {
  check_value("1.7976931348623157e308", std::numeric_limits<double>::max(), std::nullopt);
  check_value("2.2250738585072014e-308", std::numeric_limits<double>::min(), std::nullopt);
  check_value("5e-324", std::numeric_limits<double>::denorm_min(), std::nullopt);
  check_value("1e317 ns", 1e308, Unit::second);
  const std::string range =
      " is out of range; the size of a number is 0 or between 4.94e-324 and 1.79e308 in base units";
  for (const std::string text :
       {"1e309", "-1e309", "1e300 TB", "1e305 d", "1e2147483647 TB", "1e99999999999", "1e-99999999999", "1e-400"}) {
    CHECK(error_of(text) == "\"" + text + "\"" + range);
  }
}

TEST_CASE("what is no number is refused with its text", "[quantity]") {
  CHECK(error_of("") == "\"\" is empty; write a number like 3, 0.5, 1e-3 or \"90 s\"");
  CHECK(error_of("   ") == "\"\" is empty; write a number like 3, 0.5, 1e-3 or \"90 s\"");
  const std::string none = " is not a number; write one like 3, 0.5, 1e-3 or \"90 s\"";
  for (const std::string text : {"nan", "inf", "-inf", ".nan", ".inf", "infinity", "s", "fast", "-", "+", ".", "e5",
                                 "--3", "+-3", "- 3", "(3)"}) {
    CHECK(error_of(text) == "\"" + text + "\"" + none);
  }
}

TEST_CASE("numbers of doubtful form are refused", "[quantity]") {
  for (const std::string text : {"012", "-012", "00", "007 s", "00.5"}) {
    CHECK(error_of(text) == "\"" + text + "\" has a leading zero; write it without");
  }
  for (const std::string text : {"0x10", "0X1p3", "-0x1"}) {
    CHECK(error_of(text) == "\"" + text + "\" is hexadecimal; write a decimal number");
  }
  for (const std::string text : {"1_000", "1,000", "1,5 s", "1'000", "1 000"}) {
    CHECK(error_of(text) == "\"" + text +
                                "\" has a digit separator or a decimal comma; write plain digits with a decimal point, "
                                "like 1234.5");
  }
  for (const std::string text : {"3.", "3. s", "3..5"}) {
    CHECK(error_of(text) == "\"" + text + "\" has a point without digits after it; write one like 3 or 3.5");
  }
}

TEST_CASE("an unknown unit is refused and the nearest named", "[quantity]") {
  CHECK(error_of("5 Mbti/s") == "\"5 Mbti/s\" has no known unit: \"Mbti/s\" is not a unit; did you mean \"Mbit/s\"?");
  CHECK(error_of("5 mb") == "\"5 mb\" has no known unit: \"mb\" is not a unit; did you mean \"MB\"?");
  CHECK(error_of("3000 mAh") ==
        "\"3000 mAh\" has no known unit: \"mAh\" is a charge and no energy; multiply by the voltage: 3000 mAh at 3.85 "
        "V are "
        "\"11.55 Wh\"");
  CHECK(error_of("5 S") == "\"5 S\" has no known unit: \"S\" is not a unit; did you mean \"s\"?");
  CHECK(error_of("5 gflop/s") ==
        "\"5 gflop/s\" has no known unit: \"gflop/s\" is not a unit; did you mean \"GFLOP/s\"?");
  CHECK_THAT(error_of("5 parsec"),
             Catch::Matchers::StartsWith("\"5 parsec\" has no known unit: \"parsec\" is not a unit; "
                                         "valid here: ns, us, ms, s, min, h, d, B, kB,"));
  CHECK_THAT(error_of("5 M B"), Catch::Matchers::Contains("\"M B\" is not a unit; did you mean \"MB\"?"));
  CHECK_THAT(error_of("1:30"), Catch::Matchers::Contains("\":30\" is not a unit"));
  CHECK_THAT(error_of("1e"), Catch::Matchers::Contains("\"e\" is not a unit"));
  CHECK_THAT(error_of("1e+ s"), Catch::Matchers::Contains("\"e+ s\" is not a unit"));
}

TEST_CASE("what people write by habit is refused with the right name", "[quantity]") {
  const auto meant = [](const std::string& wrong, const std::string& right) {
    CHECK(error_of("5 " + wrong) ==
          "\"5 " + wrong + "\" has no known unit: \"" + wrong + "\" is not a unit; did you mean \"" + right + "\"?");
  };
  meant("m", "min");
  meant("sec", "s");
  meant("seconds", "s");
  meant("hours", "h");
  meant("days", "d");
  meant("\u00b5s", "us");
  meant("\u03bcs", "us");
  meant("KB", "kB");
  meant("bytes", "B");
  meant("Mbps", "Mbit/s");
  meant("Mbit", "Mbit/s");
  meant("Mb/s", "Mbit/s");
  meant("GFLOPS", "GFLOP/s");
  meant("GFLOPs", "GFLOP");
  meant("watts", "W");
}

TEST_CASE("an ambiguous unit is refused and what it may mean is said", "[quantity]") {
  CHECK(error_of("5 K") ==
        "\"5 K\" has no known unit: \"K\" is not a unit but a prefix; say of what, for example \"kB\", \"kbit/s\" or "
        "\"kFLOP/s\"");
  CHECK_THAT(error_of("5k"), Catch::Matchers::Contains("\"k\" is not a unit but a prefix"));
  CHECK_THAT(error_of("5 M"), Catch::Matchers::Contains("for example \"MB\", \"Mbit/s\" or \"MFLOP/s\""));
  CHECK_THAT(error_of("5 G"), Catch::Matchers::Contains("for example \"GB\", \"Gbit/s\" or \"GFLOP/s\""));
  CHECK_THAT(error_of("5 T"), Catch::Matchers::Contains("is not a unit but a prefix"));
  CHECK(error_of("5 Mb") == "\"5 Mb\" has no known unit: \"Mb\" may mean bits or bytes; write \"Mbit/s\" or \"MB\"");
  CHECK_THAT(error_of("5 Kb"), Catch::Matchers::Contains("write \"kbit/s\" or \"kB\""));
  CHECK(error_of("5 %") ==
        "\"5 %\" has no known unit: \"%\" is not a unit; write a share as a number, for example 0.05 for five percent");
}

TEST_CASE("quantities are written short", "[quantity]") {
  CHECK(format_quantity(90, Unit::second) == "90 s");
  CHECK(format_quantity(60, Unit::second) == "60 s");
  CHECK(format_quantity(3600, Unit::second) == "1 h");
  CHECK(format_quantity(5400, Unit::second) == "1.5 h");
  CHECK(format_quantity(604800, Unit::second) == "7 d");
  CHECK(format_quantity(0.02, Unit::second) == "20 ms");
  CHECK(format_quantity(1e-9, Unit::second) == "1 ns");
  CHECK(format_quantity(0, Unit::second) == "0 s");
  CHECK(format_quantity(-5, Unit::second) == "-5 s");
  CHECK(format_quantity(100000, Unit::second) == "100000 s");
  CHECK(format_quantity(1e7, Unit::bit_per_second) == "10 Mbit/s");
  CHECK(format_quantity(5e5, Unit::bit_per_second) == "500 kbit/s");
  CHECK(format_quantity(1e9, Unit::bit_per_second) == "1 Gbit/s");
  CHECK(format_quantity(5e6, Unit::byte) == "5 MB");
  CHECK(format_quantity(2097152, Unit::byte) == "2 MiB");
  CHECK(format_quantity(1e5, Unit::byte) == "100 kB");
  CHECK(format_quantity(795010, Unit::byte) == "795010 B");
  CHECK(format_quantity(2e9, Unit::flop_per_second) == "2 GFLOP/s");
  CHECK(format_quantity(1e15, Unit::flop) == "1000 TFLOP");
  CHECK(format_quantity(43200, Unit::joule) == "12 Wh");
  CHECK(format_quantity(5000, Unit::joule) == "5 kJ");
  CHECK(format_quantity(2.5, Unit::watt) == "2.5 W");
}

TEST_CASE("pure numbers are written plainly where they can be", "[quantity]") {
  CHECK(format_quantity(0, Unit::none) == "0");
  CHECK(format_quantity(3, Unit::none) == "3");
  CHECK(format_quantity(-2.5, Unit::none) == "-2.5");
  CHECK(format_quantity(0.1, Unit::none) == "0.1");
  CHECK(format_quantity(1e-4, Unit::none) == "0.0001");
  CHECK(format_quantity(1e-6, Unit::none) == "0.000001");
  CHECK(format_quantity(1e-7, Unit::none) == "1e-7");
  CHECK(format_quantity(1.5e-7, Unit::none) == "1.5e-7");
  CHECK(format_quantity(123456789, Unit::none) == "123456789");
  CHECK(format_quantity(1e15, Unit::none) == "1000000000000000");
  CHECK(format_quantity(1e16, Unit::none) == "1e16");
  CHECK(format_quantity(1234567890123456.0, Unit::none) == "1234567890123456");
  CHECK(format_quantity(0.1 + 0.2, Unit::none) == "0.30000000000000004");
}

TEST_CASE("what is no quantity is written as such", "[quantity]") {
  CHECK(format_quantity(INFINITY, Unit::second) == "inf");
  CHECK(format_quantity(-INFINITY, Unit::none) == "-inf");
  CHECK(format_quantity(NAN, Unit::byte) == "nan");
}

TEST_CASE("every written quantity reads back to the same value", "[quantity]") {
  Stream stream(1, Purpose::dataset);
  for (const Unit unit : kAllUnits) {
    for (int i = 0; i < 500; ++i) {
      // Every bit pattern that is a number; then what people write; then whole numbers; then steps of the units.
      double value = 0;
      const std::uint64_t bits = stream.next64();
      std::memcpy(&value, &bits, sizeof value);
      if (std::isfinite(value)) check_round_trip(value, unit);
      check_round_trip(std::exp(20 * normal(stream)), unit);
      check_round_trip(-std::round(std::exp(uniform(stream) * 35)), unit);
      check_round_trip(uniform_below(stream, 100000) * 0.01 * 86400, unit);
      check_round_trip(uniform_below(stream, 100000) / 1024.0 * 1048576, unit);
    }
    for (const double value : {0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308,
                               1e22, 1e23, 9007199254740993.0, 4.35, 0.1, 1.0 / 3}) {
      check_round_trip(value, unit);
    }
  }
}

TEST_CASE("no unit's text is longer than its base unit's", "[quantity]") {
  Stream stream(2, Purpose::dataset);
  for (const Unit unit : kAllUnits) {
    if (unit == Unit::none) continue;
    for (int i = 0; i < 300; ++i) {
      const double value = std::exp(10 * normal(stream));
      const std::string in_base = format_quantity(value, Unit::none) + " " + std::string(symbol(unit));
      CHECK(format_quantity(value, unit).size() <= in_base.size());
    }
  }
}

TEST_CASE("units have names for people, files and examples", "[quantity]") {
  CHECK(symbol(Unit::none).empty());
  CHECK(symbol(Unit::bit_per_second) == "bit/s");
  CHECK(symbol(Unit::flop_per_second) == "FLOP/s");
  CHECK(udunits(Unit::none) == "1");
  CHECK(udunits(Unit::second) == "s");
  CHECK(udunits(Unit::byte) == "byte");
  CHECK(udunits(Unit::bit_per_second) == "bit s-1");
  CHECK(udunits(Unit::flop) == "1");
  CHECK(udunits(Unit::flop_per_second) == "s-1");
  CHECK(udunits(Unit::joule) == "J");
  CHECK(udunits(Unit::watt) == "W");
  for (const Unit unit : kAllUnits) {
    const ParsedQuantity parsed = parse_quantity(example(unit));
    CHECK(parsed.error.empty());
    CHECK(parsed.unit.value_or(Unit::none) == unit);
  }
}

TEST_CASE("quantities of a kind compare and add", "[quantity]") {
  CHECK(Bytes{3} + Bytes{4} == Bytes{7});
  CHECK(Bytes{3} < Bytes{4});
  CHECK(BitRate{1e6} < BitRate{1e7});
  CHECK(FlopRate{2} == FlopRate{2});
  CHECK(Flops{2} > Flops{1});
  CHECK(Joules{2} != Joules{1});
}
