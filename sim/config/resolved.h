#pragma once
// The resolved config: every key that was read with the value that holds, defaults included, in the order of reading.

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/section.h"

namespace fedtide {

/// One value; `entries` of a mapping are in read order.
struct Resolved {
  enum class Kind { absent, flag, number, numbers, text, texts, draw, mapping, mappings };
  struct Entry;

  Kind kind = Kind::absent;
  bool flag = false;
  double number = 0;  ///< base units
  bool whole = false;
  Unit unit = Unit::none;
  std::vector<double> numbers;
  std::string text;
  std::vector<std::string> texts;
  Draw draw;
  std::vector<Entry> entries;
  std::vector<Resolved> items;  ///< of a list of mappings

  static Resolved of_absent();
  static Resolved of_flag(bool x);
  static Resolved of_number(double x, Unit unit, bool whole);
  static Resolved of_numbers(std::vector<double> x, bool whole);
  static Resolved of_text(std::string x);
  static Resolved of_texts(std::vector<std::string> x);
  static Resolved of_draw(const Draw& x, Unit unit);
  static Resolved of_mapping();
  static Resolved of_mappings();

  /// Adds the key, or replaces its value.
  Resolved& set(std::string_view key, Resolved value);
  /// Null when there is none.
  const Resolved* find(std::string_view key) const;
};

struct Resolved::Entry {
  std::string key;
  Resolved value;
};

/// YAML that reads back to the same config; absent values are left out.
std::string to_yaml(const Resolved& config);

/// The same as JSON: quantities and constant draws as text with a unit, absent values as null.
nlohmann::ordered_json to_json(const Resolved& config);

/// Without spaces and with sorted keys, for hashing: equal for equal configs, whatever the order of reading.
std::string canonical_json(const Resolved& config, const std::vector<std::string>& without_top_level_keys);

/// One line for people: "5", "90 s", "[200, 200]", "none".
std::string text_of(const Resolved& value);

}  // namespace fedtide
