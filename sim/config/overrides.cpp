#include "sim/config/overrides.h"

#include <utility>

#include "sim/base/text.h"
#include "sim/config/top_level.h"
#include "sim/config/yaml.h"

namespace fedtide {

namespace {

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts;
  for (std::size_t start = 0;;) {
    const std::size_t dot = key.find('.', start);
    parts.emplace_back(key.substr(start, dot - start));
    if (dot == key.npos) return parts;
    start = dot + 1;
  }
}

/// Why this is no key; empty when it is one.
std::string wrong_key(std::string_view key, const std::vector<std::string>& parts) {
  if (key.starts_with('~')) return "to take a key away, set it to null: a.b=null";
  if (key.starts_with('+')) return "write a.b=c; a key that the file does not have needs no \"+\"";
  if (key.find_first_of("[]") != key.npos) return "an item of a list cannot be set; set the whole list: a.b=[1,2]";
  if (key.find_first_of(" \t\n\r") != key.npos) return "a key has no spaces in it";
  for (const std::string& part : parts) {
    if (part.empty()) return "a part of the key is empty; write a.b=c";
  }
  if (parts.size() >= static_cast<std::size_t>(kMaxYamlDepth)) return "the key has too many parts";
  return "";
}

/// The mapping that holds the last key; null, and a mistake noted, when something else is in the way.
Node* parent_of(Node& root, const Override& at, Problems& problems) {
  Node* node = &root;
  std::string path;
  for (std::size_t i = 0; i + 1 < at.keys.size(); ++i) {
    path = joined_path(path, at.keys[i]);
    Node::Entry* entry = node->find(at.keys[i]);
    if (entry == nullptr) {
      node->entries.push_back({at.keys[i], at.place, Node{}});
      entry = &node->entries.back();
      entry->value.place = at.place;
    }
    node = &entry->value;
    if (node->is_null()) node->kind = Node::Kind::map;
    if (node->is_list()) {
      problems.add(at.place, at.path, "an item of a list cannot be set; set the whole list: " + path + "=[1,2]");
      return nullptr;
    }
    if (!node->is_map()) {
      problems.add(at.place, at.path,
                   fmt::format("{} is {}, not a mapping; it has no keys to set", path, shown(*node)));
      return nullptr;
    }
  }
  return node;
}

}  // namespace

std::optional<Override> split_override(std::string_view word, int number, Problems& problems) {
  Override result;
  result.place = {kCommandLine, 0, number};
  const std::size_t equals = word.find('=');
  const std::string_view key = trimmed(word.substr(0, equals));
  result.path = printable(key);
  result.keys = split_key(key);
  std::string why = wrong_key(key, result.keys);
  if (equals == word.npos && why.empty()) why = "not of the form key=value, for example seed=2";
  if (why.empty()) {
    result.value = trimmed(word.substr(equals + 1));
    if (result.value.empty()) why = "no value after \"=\"; write null to clear a key, \"\" in quotes for empty text";
  }
  if (why.empty()) return result;
  problems.add(result.place, result.path, why);
  return std::nullopt;
}

bool is_sweep_value(std::string_view value) {
  for (const std::string& name : sweep_functions()) {
    if (value.starts_with(name + "(")) return true;
  }
  return !top_level(value).commas.empty();
}

void set_value(Node& root, const Override& at, Node value, Problems& problems) {
  Node* parent = parent_of(root, at, problems);
  if (parent == nullptr) return;
  if (Node::Entry* entry = parent->find(at.keys.back())) {
    entry->place = at.place;
    entry->value = std::move(value);
  } else {
    parent->entries.push_back({at.keys.back(), at.place, std::move(value)});
  }
}

void apply_override(Node& root, std::string_view word, int number, Problems& problems) {
  const std::optional<Override> one = split_override(word, number, problems);
  if (!one) return;
  if (is_sweep_value(one->value)) {
    problems.add(one->place, one->path,
                 "several values are for `fedtide sweep`; here one value is set; write a list in brackets: [1,2]");
    return;
  }
  std::optional<std::vector<Node>> values = parse_flow_values(one->value, one->place, one->path, problems);
  if (!values) return;
  if (values->size() != 1) {
    problems.add(one->place, one->path, "not one value; put text with commas in quotes");
    return;
  }
  set_value(root, *one, std::move(values->front()), problems);
}

void apply_overrides(Node& root, const std::vector<std::string>& words, Problems& problems) {
  problems.name_overrides(words);
  for (std::size_t i = 0; i < words.size(); ++i) apply_override(root, words[i], static_cast<int>(i) + 1, problems);
}

}  // namespace fedtide
