#include <cmath>
#include <cstdlib>
#include <limits>

#include "sim/base/random.h"
#include "sim/files/number.h"
#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

TEST_CASE("a number is decimal, with one sign, perhaps a point, perhaps an exponent") {
  CHECK(parse_number("0") == 0.0);
  CHECK(parse_number("63.0") == 63.0);
  CHECK(parse_number(".7") == 0.7);
  CHECK(parse_number("7.") == 7.0);
  CHECK(parse_number("+1") == 1.0);
  CHECK(parse_number("-1.5e-3") == -1.5e-3);
  CHECK(parse_number("1E5") == 1e5);
  CHECK(parse_number("007") == 7.0);
  CHECK(parse_number("0.20965599999999998") == 0.20965599999999998);
  CHECK(parse_number("123456789012345678901") == 123456789012345678901.0);
  CHECK(parse_number("3.4028234e38").has_value());
  CHECK(std::signbit(*parse_number("-0")));
  for (const char* bad :
       {"",     "+",     "-",  ".",   "e5",  "1e",   "1e+", "--1",       "+-1",  "1 ",      " 1",    "1,5",
        "0x10", "1.2.3", "1f", "nan", "NaN", "-nan", "inf", "+Infinity", "1e39", "-3.5e38", "1e400", "five"}) {
    INFO(bad);
    CHECK_FALSE(parse_number(bad).has_value());
  }
  CHECK_FALSE(parse_number(std::string_view("1\0", 2)).has_value());
}

TEST_CASE("what is smaller than every double is 0, with its sign") {
  CHECK(parse_number("1e-400") == 0.0);
  CHECK(parse_number("-1e-400") == 0.0);
  CHECK(parse_number("0.0000000000000000000000000000001") == 1e-31);
}

TEST_CASE("numbers are rounded as strtod rounds them") {
  Stream stream(3, Purpose::dataset);
  for (int i = 0; i < 100'000; ++i) {
    const int digits = 1 + static_cast<int>(stream.next32() % 20);
    const int point = static_cast<int>(stream.next32() % static_cast<std::uint32_t>(digits + 1));
    std::string text;
    if (stream.next32() % 2 == 0) text.push_back('-');
    for (int k = 0; k < digits; ++k) {
      if (k == point) text.push_back('.');
      text.push_back(static_cast<char>('0' + stream.next32() % 10));
    }
    if (stream.next32() % 4 == 0) text.append(fmt::format("e{}", static_cast<int>(stream.next32() % 30) - 15));
    const auto value = parse_number(text);
    REQUIRE(value.has_value());
    if (*value != std::strtod(text.c_str(), nullptr)) FAIL(text);
  }
}

TEST_CASE("whole numbers keep to their bounds") {
  CHECK(parse_whole("0", 0, 9) == 0);
  CHECK(parse_whole("+9", 0, 9) == 9);
  CHECK(parse_whole("-3", -5, 9) == -3);
  for (const char* bad : {"10", "-1", "1.0", "", "+", "+-1", "1e1", "9223372036854775808", "x"}) {
    INFO(bad);
    CHECK_FALSE(parse_whole(bad, 0, 9).has_value());
  }
}

TEST_CASE("each way not to be a number has its message") {
  CHECK(why_no_number("") == "found nothing, must be a number");
  CHECK(why_no_number("abc") == "found \"abc\", must be a number");
  CHECK(why_no_number("1x") == "found \"1x\", must be a number");
  CHECK(why_no_number("nan") == "found \"nan\", must be a finite number");
  CHECK(why_no_number("-inf") == "found \"-inf\", must be a finite number");
  const std::string range = ", must be between -3.403e+38 and 3.403e+38, the range of float32";
  CHECK(why_no_number("1e39") == "found \"1e39\"" + range);
  CHECK(why_no_number("-1e999") == "found \"-1e999\"" + range);
  CHECK(why_no_number(std::string(50, 'x')) == "found \"" + std::string(40, 'x') + "...\", must be a number");
}

}  // namespace
}  // namespace fedtide
