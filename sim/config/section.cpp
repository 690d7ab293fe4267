#include "sim/config/section.h"

#include <cmath>

namespace fedtide {

namespace {

std::int64_t to_whole(double x) { return static_cast<std::int64_t>(std::llround(x)); }

}  // namespace

double Section::real(std::string_view key, const Number& n) { return read_number(key, n, NumberRead{}).value_or(0); }

std::int64_t Section::whole(std::string_view key, const Number& n) {
  NumberRead how;
  how.whole = true;
  return to_whole(read_number(key, n, how).value_or(0));
}

Duration Section::duration(std::string_view key, const Number& n) {
  NumberRead how;
  how.unit = Unit::second;
  return Duration::from_seconds(read_number(key, n, how).value_or(0));
}

Bytes Section::bytes(std::string_view key, const Number& n) {
  NumberRead how;
  how.unit = Unit::byte;
  how.whole = true;
  return {to_whole(read_number(key, n, how).value_or(0))};
}

BitRate Section::bit_rate(std::string_view key, const Number& n) {
  NumberRead how;
  how.unit = Unit::bit_per_second;
  return {read_number(key, n, how).value_or(0)};
}

FlopRate Section::flop_rate(std::string_view key, const Number& n) {
  NumberRead how;
  how.unit = Unit::flop_per_second;
  return {read_number(key, n, how).value_or(0)};
}

std::optional<double> Section::maybe_real(std::string_view key, const Number& n) {
  NumberRead how;
  how.absence = Absence::is_none;
  return read_number(key, n, how);
}

std::optional<std::int64_t> Section::maybe_whole(std::string_view key, const Number& n) {
  NumberRead how;
  how.whole = true;
  how.absence = Absence::is_none;
  const std::optional<double> read = read_number(key, n, how);
  return read ? std::optional(to_whole(*read)) : std::nullopt;
}

std::optional<Duration> Section::maybe_duration(std::string_view key, const Number& n) {
  NumberRead how;
  how.unit = Unit::second;
  how.absence = Absence::is_none;
  const std::optional<double> read = read_number(key, n, how);
  return read ? std::optional(Duration::from_seconds(*read)) : std::nullopt;
}

std::optional<BitRate> Section::maybe_bit_rate(std::string_view key, const Number& n) {
  NumberRead how;
  how.unit = Unit::bit_per_second;
  how.absence = Absence::is_none;
  const std::optional<double> read = read_number(key, n, how);
  return read ? std::optional(BitRate{*read}) : std::nullopt;
}

std::optional<Bytes> Section::maybe_bytes(std::string_view key, const Number& n) {
  NumberRead how;
  how.unit = Unit::byte;
  how.whole = true;
  how.absence = Absence::is_none;
  const std::optional<double> read = read_number(key, n, how);
  return read ? std::optional(Bytes{to_whole(*read)}) : std::nullopt;
}

std::optional<std::int64_t> Section::whole_or(std::string_view key, std::string_view word, const Number& n) {
  NumberRead how;
  how.whole = true;
  how.word = word;
  const std::optional<double> read = read_number(key, n, how);
  return read ? std::optional(to_whole(*read)) : std::nullopt;
}

std::vector<double> Section::reals(std::string_view key, const std::vector<double>& fallback, const Number& each) {
  return read_numbers(key, fallback, each, NumberRead{});
}

std::vector<std::int64_t> Section::wholes(std::string_view key, const std::vector<std::int64_t>& fallback,
                                          const Number& each) {
  NumberRead how;
  how.whole = true;
  const std::vector<double> as_real(fallback.begin(), fallback.end());
  std::vector<std::int64_t> all;
  for (const double x : read_numbers(key, as_real, each, how)) all.push_back(to_whole(x));
  return all;
}

bool Section::flag(std::string_view key, const Flag& f) { return read_flag(key, f).value_or(f.fallback); }

std::string Section::text(std::string_view key, const Text& t) {
  return read_text(key, t, Absence::is_fallback).value_or("");
}

std::optional<std::string> Section::maybe_text(std::string_view key, const Text& t) {
  return read_text(key, t, Absence::is_none);
}

std::string Section::word(std::string_view key, const Words& w) { return read_word(key, w); }

std::vector<std::string> Section::words(std::string_view key, const Words& w) { return read_words(key, w); }

Draw Section::draw(std::string_view key, Unit unit, const std::optional<Draw>& fallback, const Number& n) {
  return read_draw(key, unit, fallback, n);
}

}  // namespace fedtide
