#include "sim/config/json_schema.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/base/text.h"
#include "sim/base/units.h"
#include "sim/config/draws.h"
#include "sim/config/number_reader.h"

namespace fedtide {

namespace {

using Json = nlohmann::ordered_json;

/// As parse_quantity: no leading zero, a digit after the point.
std::string quantity_pattern(Unit unit) {
  std::vector<std::string> names;
  for (const WrittenUnit& written : written_units()) {
    if (written.unit == unit) names.emplace_back(written.name);
  }
  return "^\\s*[+-]?((0|[1-9][0-9]*)(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*(" + join(names, "|") + ")\\s*$";
}

Json plain_number(double x) {
  const bool is_whole = std::floor(x) == x && std::abs(x) < 9e15;
  return is_whole ? Json(static_cast<std::int64_t>(x)) : Json(x);
}

void put_bounds(const Bounds& bounds, Json& json) {
  if (std::isfinite(bounds.low)) json[bounds.low_open ? "exclusiveMinimum" : "minimum"] = plain_number(bounds.low);
  if (std::isfinite(bounds.high)) json[bounds.high_open ? "exclusiveMaximum" : "maximum"] = plain_number(bounds.high);
}

Json number_schema(Unit unit, bool whole, const Bounds& bounds) {
  Json json;
  if (unit == Unit::none) {
    json["type"] = whole ? "integer" : "number";
    put_bounds(bounds, json);
  } else {
    json["type"] = "string";
    json["pattern"] = quantity_pattern(unit);
    json["examples"] = Json::array({example_of(unit, bounds)});
  }
  return json;
}

Json draw_schema(const SchemaNode& node) {
  Json any = Json::array({number_schema(node.unit, false, node.bounds)});
  for (const DrawForm& form : draw_forms()) {
    Json required = Json::array({"distribution"});
    Json properties = {{"distribution", {{"const", std::string(form.name)}}}};
    for (const DrawKey& key : form.keys) {
      Json value = number_schema(key.has_unit ? node.unit : Unit::none, false, bounds_of(key, node.bounds));
      value["description"] = std::string(key.help);
      properties[std::string(key.name)] = std::move(value);
      required.push_back(std::string(key.name));
    }
    any.push_back({{"type", "object"},
                   {"description", std::string(form.help)},
                   {"properties", std::move(properties)},
                   {"required", std::move(required)},
                   {"additionalProperties", false}});
  }
  return {{"anyOf", std::move(any)}};
}

Json words_schema(const std::vector<About>& words) {
  Json names = Json::array();
  for (const About& about : words) names.push_back(about.name);
  return {{"type", "string"}, {"enum", std::move(names)}};
}

std::vector<About> words_of(const SchemaNode& node) {
  if (node.kind == SchemaNode::Kind::word || node.kind == SchemaNode::Kind::words) return node.words;
  std::vector<About> words;
  for (const SchemaOption& option : node.options) words.push_back(option.about);
  return words;
}

void allow_null(Json& json) {
  if (json.contains("type")) {
    json["type"] = Json::array({json["type"], "null"});
  } else {
    json["anyOf"].push_back({{"type", "null"}});
  }
}

std::string description_of(const SchemaNode& node) {
  std::string text = node.help;
  const auto append = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
  const std::string range = node.unit != Unit::none ? node.bounds.text(node.unit) : "";
  if (!range.empty()) append(range);
  for (const About& about : words_of(node)) {
    if (!about.summary.empty()) append(about.name + ": " + about.summary);
  }
  if (!node.source.empty()) append("source: " + node.source);
  return text;
}

Json mapping_schema(const std::vector<SchemaNode>& children);

Json definition(std::string_view name) { return {{"$ref", fmt::format("#/definitions/{}", name)}}; }

/// A part of a sweep; the keys that it may have stand in `definitions`, once.
Json swept_schema(std::string_view part) {
  if (part == "seeds") {
    Json count = {{"type", "integer"}, {"minimum", 1}};
    return {{"anyOf", Json::array({std::move(count), definition("swept_values")})}};
  }
  if (part == "random") return {{"allOf", Json::array({definition("swept_draws")})}};
  const Json keys = definition("swept_keys");
  Json list = {{"type", "array"}, {"items", part == "exclude" ? definition("swept_exclusion") : keys}};
  if (part == "exclude") return list;
  if (part == "zip") return {{"anyOf", Json::array({keys, std::move(list)})}};
  return {{"allOf", Json::array({keys})}};
}

Json value_schema(const SchemaNode& node) {
  switch (node.kind) {
    case SchemaNode::Kind::mapping:
      return mapping_schema(node.children);
    case SchemaNode::Kind::mappings: {
      Json item = mapping_schema(node.children);
      item["type"] = "object";  // an item is never left empty by writing nothing
      return {{"type", "array"}, {"items", std::move(item)}};
    }
    case SchemaNode::Kind::number: {
      Json number = number_schema(node.unit, node.whole, node.bounds);
      if (node.word.empty()) return number;
      return {{"anyOf", Json::array({std::move(number), {{"enum", Json::array({node.word})}}})}};
    }
    case SchemaNode::Kind::numbers:
      return {{"type", "array"}, {"items", number_schema(node.unit, node.whole, node.bounds)}};
    case SchemaNode::Kind::flag:
      return {{"type", "boolean"}};
    case SchemaNode::Kind::text:
      // A name such as 2024 or true needs no quotes in the YAML.
      return {{"anyOf", Json::array({{{"type", "string"}}, {{"type", "number"}}, {{"type", "boolean"}}})}};
    case SchemaNode::Kind::word:
    case SchemaNode::Kind::choice:
      return words_schema(words_of(node));
    case SchemaNode::Kind::words:
      return {{"type", "array"}, {"items", words_schema(node.words)}, {"uniqueItems", true}};
    case SchemaNode::Kind::draw:
      return draw_schema(node);
    case SchemaNode::Kind::swept:
      return swept_schema(node.key);
  }
  FEDTIDE_REQUIRE(false, "kind {}", static_cast<int>(node.kind));
}

Json key_schema(const SchemaNode& node) {
  Json json = value_schema(node);
  if (node.optional) allow_null(json);
  const std::string description = description_of(node);
  if (!description.empty()) json["description"] = description;
  if (node.fallback.kind != Resolved::Kind::absent) json["default"] = to_json(node.fallback);
  return json;
}

/// Every key that a mapping may have under some option, choices within options included.
void collect_keys(const std::vector<SchemaNode>& nodes, std::set<std::string>& keys) {
  for (const SchemaNode& node : nodes) {
    keys.insert(node.key);
    for (const SchemaOption& option : node.options) collect_keys(option.children, keys);
  }
}

bool has_open_choice(const std::vector<SchemaNode>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const SchemaNode& node) {
    const bool below = std::any_of(node.options.begin(), node.options.end(),
                                   [](const SchemaOption& option) { return has_open_choice(option.children); });
    return node.is_recursive || below;
  });
}

bool needs_something(const std::vector<SchemaNode>& nodes) {
  return std::any_of(nodes.begin(), nodes.end(), [](const SchemaNode& node) {
    return node.required || (node.kind == SchemaNode::Kind::mapping && needs_something(node.children));
  });
}

void put_keys(const std::vector<SchemaNode>& nodes, const std::set<std::string>& common, Json& json);

/// `if` the choice's key has the option's word `then` the option's keys, and none of the other options'.
void put_choice(const SchemaNode& choice, const std::set<std::string>& common, Json& json) {
  std::set<std::string> all;
  for (const SchemaOption& option : choice.options) collect_keys(option.children, all);
  for (const SchemaOption& option : choice.options) {
    Json condition = {{"properties", {{choice.key, {{"const", option.about.name}}}}}};
    const bool is_default = choice.fallback.kind == Resolved::Kind::text && choice.fallback.text == option.about.name;
    if (!is_default) condition["required"] = Json::array({choice.key});
    Json then = Json::object();
    put_keys(option.children, common, then);
    std::set<std::string> own;
    collect_keys(option.children, own);
    for (const std::string& key : all) {
      if (!own.contains(key) && !common.contains(key)) then["properties"][key] = false;
    }
    if (then.empty()) continue;
    json["allOf"].push_back({{"if", std::move(condition)}, {"then", std::move(then)}});
  }
}

void put_keys(const std::vector<SchemaNode>& nodes, const std::set<std::string>& common, Json& json) {
  Json required = Json::array();
  for (const SchemaNode& node : nodes) {
    json["properties"][node.key] = key_schema(node);
    const bool is_needed = node.required || (node.kind == SchemaNode::Kind::mapping && needs_something(node.children));
    if (is_needed) required.push_back(node.key);
  }
  if (!required.empty()) json["required"] = std::move(required);
  for (const SchemaNode& node : nodes) {
    if (node.kind == SchemaNode::Kind::choice && !node.is_recursive) put_choice(node, common, json);
  }
}

Json mapping_schema(const std::vector<SchemaNode>& children) {
  Json json;
  // Without a required key an empty mapping may be written as nothing.
  if (needs_something(children)) {
    json["type"] = "object";
  } else {
    json["type"] = Json::array({"object", "null"});
  }
  std::set<std::string> common;
  for (const SchemaNode& node : children) common.insert(node.key);
  json["properties"] = Json::object();
  put_keys(children, common, json);
  // additionalProperties looks at `properties` beside it only, so every option's keys are named there too.
  std::set<std::string> all;
  collect_keys(children, all);
  for (const std::string& key : all) {
    if (!common.contains(key)) json["properties"][key] = true;
  }
  json["additionalProperties"] = has_open_choice(children);
  return json;
}

/// The dotted keys that a sweep can set, mappings included; lists cannot be entered.
void collect_dotted(const std::vector<SchemaNode>& nodes, const std::string& path, std::set<std::string>& keys,
                    std::set<std::string>& open) {
  for (const SchemaNode& node : nodes) {
    if (node.key == "sweep") continue;
    const std::string own = joined_path(path, node.key);
    keys.insert(own);
    if (node.kind == SchemaNode::Kind::mapping) collect_dotted(node.children, own, keys, open);
    if (node.is_recursive) open.insert(path);
    for (const SchemaOption& option : node.options) collect_dotted(option.children, path, keys, open);
  }
}

Json dotted_mapping(const std::set<std::string>& keys, const std::set<std::string>& open, const Json& value) {
  Json json = {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
  for (const std::string& key : keys) json["properties"][key] = value;
  for (const std::string& path : open) json["patternProperties"]["^" + path + "[.]"] = value;
  return json;
}

Json sweep_definitions(const std::vector<SchemaNode>& children) {
  std::set<std::string> keys;
  std::set<std::string> open;
  collect_dotted(children, "", keys, open);
  Json list = {{"type", "array"}, {"minItems", 1}};
  // One value alone is most likely a slip.
  Json text = {{"type", "string"}, {"pattern", "[(,]"}, {"examples", Json::array({"range(5)", "logspace(-3, -1, 5)"})}};
  Json draw = {{"type", "string"},
               {"pattern", "^ *(choice|uniform|loguniform|normal|integer)[(]|,"},
               {"examples", Json::array({"uniform(0, 1)", "loguniform(1e-4, 1e-1)"})}};
  Json draws = dotted_mapping(keys, open, definition("swept_draw"));
  draws["properties"]["n"] = {{"type", "integer"}, {"minimum", 1}, {"description", "how many draws"}};
  draws["properties"]["seed"] = {{"type", "integer"}, {"minimum", 0}, {"default", 1}};
  draws["required"] = Json::array({"n"});
  return {{"swept_draw", {{"anyOf", Json::array({list, std::move(draw)})}}},
          {"swept_values", {{"anyOf", Json::array({std::move(list), std::move(text)})}}},
          {"swept_keys", dotted_mapping(keys, open, definition("swept_values"))},
          {"swept_draws", std::move(draws)},
          {"swept_exclusion", dotted_mapping(keys, open, true)}};
}

bool has_sweep(const SchemaNode& root) {
  return std::any_of(root.children.begin(), root.children.end(), [](const SchemaNode& node) {
    return !node.children.empty() && node.children.front().kind == SchemaNode::Kind::swept;
  });
}

}  // namespace

nlohmann::ordered_json json_schema(const SchemaNode& root, const std::string& title) {
  Json json = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
  json.update(mapping_schema(root.children));
  if (has_sweep(root)) json["definitions"] = sweep_definitions(root.children);
  return json;
}

}  // namespace fedtide
