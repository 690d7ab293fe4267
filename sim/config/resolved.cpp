#include "sim/config/resolved.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/text.h"
#include "sim/config/draws.h"

namespace fedtide {

namespace {

using Json = nlohmann::ordered_json;

Json number_json(double x, Unit unit, bool whole) {
  if (unit != Unit::none) return format_quantity(x, unit);
  if (whole) return static_cast<std::int64_t>(std::llround(x));
  return x;
}

Json draw_json(const Draw& draw, Unit unit) {
  if (draw.kind == Draw::Kind::constant) return number_json(draw.a, unit, false);
  const DrawForm& form = form_of(draw.kind);
  Json json = {{"distribution", std::string(form.name)}};
  for (const DrawKey& key : form.keys) {
    json[std::string(key.name)] = number_json(draw.*key.member, key.has_unit ? unit : Unit::none, false);
  }
  return json;
}

/// Text that needs no quotes anywhere in YAML: a word, a path, a version; nothing that could read as a number or a
/// constant.
bool is_plain(const std::string& text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_inner = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/';
  };
  if (text.empty() || !is_letter(text.front()) || !std::all_of(text.begin(), text.end(), is_inner)) return false;
  for (const char* reserved : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}) {
    if (edit_distance(text, reserved) == 0) return false;
  }
  return true;
}

std::string in_quotes(const std::string& text) {
  return is_plain(text) ? text : Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string number_yaml(double x, Unit unit) { return format_quantity(x, unit); }

std::string list_yaml(const std::vector<double>& numbers) {
  std::vector<std::string> items;
  for (const double x : numbers) items.push_back(number_yaml(x, Unit::none));
  return "[" + join(items) + "]";
}

std::string list_yaml(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(in_quotes(text));
  return "[" + join(items) + "]";
}

std::string draw_yaml(const Draw& draw, Unit unit) {
  if (draw.kind == Draw::Kind::constant) return number_yaml(draw.a, unit);
  const DrawForm& form = form_of(draw.kind);
  std::string text = "{distribution: " + std::string(form.name);
  for (const DrawKey& key : form.keys) {
    text += fmt::format(", {}: {}", key.name, number_yaml(draw.*key.member, key.has_unit ? unit : Unit::none));
  }
  return text + "}";
}

std::string scalar_yaml(const Resolved& value) {
  switch (value.kind) {
    case Resolved::Kind::absent:
      return "null";
    case Resolved::Kind::flag:
      return value.flag ? "true" : "false";
    case Resolved::Kind::number:
      return number_yaml(value.number, value.unit);
    case Resolved::Kind::numbers:
      return list_yaml(value.numbers);
    case Resolved::Kind::text:
      return in_quotes(value.text);
    case Resolved::Kind::texts:
      return list_yaml(value.texts);
    case Resolved::Kind::draw:
      return draw_yaml(value.draw, value.unit);
    case Resolved::Kind::mapping:
      return "{}";
    case Resolved::Kind::mappings:
      return "[]";
  }
  FEDTIDE_REQUIRE(false, "kind {}", static_cast<int>(value.kind));
}

bool is_written(const Resolved& value) {
  if (value.kind != Resolved::Kind::mapping) return value.kind != Resolved::Kind::absent;
  return std::any_of(value.entries.begin(), value.entries.end(), [](const auto& e) { return is_written(e.value); });
}

void write_yaml(const Resolved& mapping, int depth, std::string& out);

/// Each item starts with "- " at this depth, its keys stand one level deeper.
void write_items(const Resolved& list, int depth, std::string& out) {
  for (const Resolved& item : list.items) {
    std::string text;
    write_yaml(item, depth + 1, text);
    const auto dash = static_cast<std::size_t>(2 * depth);
    if (text.empty()) text.assign(dash + 2, ' ').append("{}\n");
    text[dash] = '-';
    out += text;
  }
}

void write_yaml(const Resolved& mapping, int depth, std::string& out) {
  for (const Resolved::Entry& entry : mapping.entries) {
    if (!is_written(entry.value)) continue;
    out.append(static_cast<std::size_t>(2 * depth), ' ');
    out += in_quotes(entry.key) + ":";
    if (entry.value.kind == Resolved::Kind::mapping) {
      out += "\n";
      write_yaml(entry.value, depth + 1, out);
    } else if (entry.value.kind == Resolved::Kind::mappings && !entry.value.items.empty()) {
      out += "\n";
      write_items(entry.value, depth + 1, out);
    } else {
      out += " " + scalar_yaml(entry.value) + "\n";
    }
  }
}

}  // namespace

Resolved Resolved::of_absent() { return {}; }

Resolved Resolved::of_flag(bool x) {
  Resolved r;
  r.kind = Kind::flag;
  r.flag = x;
  return r;
}

Resolved Resolved::of_number(double x, Unit unit, bool whole) {
  Resolved r;
  r.kind = Kind::number;
  r.number = x;
  r.unit = unit;
  r.whole = whole;
  return r;
}

Resolved Resolved::of_numbers(std::vector<double> x, bool whole) {
  Resolved r;
  r.kind = Kind::numbers;
  r.numbers = std::move(x);
  r.whole = whole;
  return r;
}

Resolved Resolved::of_text(std::string x) {
  Resolved r;
  r.kind = Kind::text;
  r.text = std::move(x);
  return r;
}

Resolved Resolved::of_texts(std::vector<std::string> x) {
  Resolved r;
  r.kind = Kind::texts;
  r.texts = std::move(x);
  return r;
}

Resolved Resolved::of_draw(const Draw& x, Unit unit) {
  Resolved r;
  r.kind = Kind::draw;
  r.draw = x;
  r.unit = unit;
  return r;
}

Resolved Resolved::of_mapping() {
  Resolved r;
  r.kind = Kind::mapping;
  return r;
}

Resolved Resolved::of_mappings() {
  Resolved r;
  r.kind = Kind::mappings;
  return r;
}

Resolved& Resolved::set(std::string_view key, Resolved value) {
  for (Entry& entry : entries) {
    if (entry.key == key) return entry.value = std::move(value);
  }
  entries.push_back({std::string(key), std::move(value)});
  return entries.back().value;
}

const Resolved* Resolved::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string to_yaml(const Resolved& config) {
  std::string out;
  write_yaml(config, 0, out);
  return out;
}

nlohmann::ordered_json to_json(const Resolved& value) {
  switch (value.kind) {
    case Resolved::Kind::absent:
      return nullptr;
    case Resolved::Kind::flag:
      return value.flag;
    case Resolved::Kind::number:
      return number_json(value.number, value.unit, value.whole);
    case Resolved::Kind::numbers: {
      Json list = Json::array();
      for (const double x : value.numbers) list.push_back(number_json(x, Unit::none, value.whole));
      return list;
    }
    case Resolved::Kind::text:
      return value.text;
    case Resolved::Kind::texts:
      return value.texts;
    case Resolved::Kind::draw:
      return draw_json(value.draw, value.unit);
    case Resolved::Kind::mappings: {
      Json list = Json::array();
      for (const Resolved& item : value.items) list.push_back(to_json(item));
      return list;
    }
    case Resolved::Kind::mapping:
      break;
  }
  Json json = Json::object();
  for (const Resolved::Entry& entry : value.entries) json[entry.key] = to_json(entry.value);
  return json;
}

std::string canonical_json(const Resolved& config, const std::vector<std::string>& without_top_level_keys) {
  Json json = to_json(config);
  for (const std::string& key : without_top_level_keys) json.erase(key);
  // The plain json type sorts its keys, at every level.
  return nlohmann::json::parse(json.dump()).dump();
}

std::string text_of(const Resolved& value) {
  if (value.kind == Resolved::Kind::absent) return "none";
  if (value.kind == Resolved::Kind::draw) return text_of(value.draw, value.unit);
  return scalar_yaml(value);
}

}  // namespace fedtide
