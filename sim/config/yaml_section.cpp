#include "sim/config/yaml_section.h"

#include <algorithm>
#include <filesystem>

#include "sim/base/text.h"
#include "sim/config/draws.h"

namespace fedtide {

namespace {

std::vector<std::string> names_of(const Words& w) {
  std::vector<std::string> names;
  for (const About& option : w.options) names.push_back(option.name);
  return names;
}

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

}  // namespace

namespace {

std::string absolute_path(const std::string& folder, const std::string& path) {
  return std::filesystem::absolute(std::filesystem::path(folder) / path).lexically_normal().string();
}

}  // namespace

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

YamlSection::YamlSection(const Node& node, Place place, std::string path, std::string folder, Problems& problems,
                         Resolved& resolved)
    : node_(node),
      place_(std::move(place)),
      path_(std::move(path)),
      folder_(std::move(folder)),
      problems_(problems),
      resolved_(resolved) {}

const Node* YamlSection::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const Node::Entry* entry = node_.find(key);
  return entry != nullptr ? &entry->value : nullptr;
}

void YamlSection::fail(std::string_view key, const Place& place, std::string message) {
  bad_.emplace(key);
  problems_.add(place, path_of(key), std::move(message));
}

void YamlSection::fail_missing(std::string_view key, const std::string& what, const std::string& help) {
  bad_.emplace(key);
  if (is_stand_in_) return;
  const std::string why = help.empty() ? "" : " (" + help + ")";
  problems_.add(place_, path_of(key), fmt::format("missing; must be {}{}", what, why));
}

void YamlSection::finish() {
  if (may_have_more_) return;
  std::vector<std::string> free;
  for (const std::string& key : known_) {
    if (node_.find(key) == nullptr) free.push_back(key);
  }
  for (const Node::Entry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    // No key of ours is that long, and a distance costs the product of both lengths.
    const bool is_long = entry.key.size() > 100;
    std::string near = is_long ? "" : nearest(entry.key, free);
    if (near.empty() && !is_long) near = nearest(entry.key, known_);
    std::string hint = "; no keys are allowed here";
    if (!known_.empty()) hint = "; keys here: " + join(known_);
    if (!near.empty()) hint = "; did you mean " + in_quotes(near) + "?";
    problems_.add(entry.place, path_of(entry.key), "unknown key" + hint);
  }
}

bool YamlSection::given(std::string_view key) const {
  const Node::Entry* entry = node_.find(key);
  return entry != nullptr && !entry->value.is_null() && !bad_.contains(key);
}

void YamlSection::reject(std::string_view key, std::string message) {
  bad_.emplace(key);
  // A dotted key names one of a mapping below; the place is that of the nearest thing written.
  const Node* node = &node_;
  Place place = place_;
  for (std::size_t start = 0; start <= key.size() && !key.empty();) {
    const std::size_t dot = key.find('.', start);
    const Node::Entry* entry = node->find(key.substr(start, dot - start));
    if (entry == nullptr) break;
    node = &entry->value;
    place = node->is_map() ? entry->place : node->place;
    if (dot == key.npos) break;
    start = dot + 1;
  }
  problems_.add(place, key.empty() ? path_ : path_of(key), std::move(message));
}

std::optional<double> YamlSection::read_number(std::string_view key, const Number& n, const NumberRead& how) {
  const NumberForm form{how.unit, how.whole, how.word, n.bounds};
  const bool may_be_none = how.absence == Absence::is_none;
  const Node* node = find(key);
  const auto keep = [&](std::optional<double> value) {
    const Resolved none = how.word.empty() ? Resolved::of_absent() : Resolved::of_text(how.word);
    resolved_.set(key, value ? Resolved::of_number(*value, how.unit, how.whole) : none);
    return value;
  };
  if (node == nullptr || (node->is_null() && may_be_none)) {
    if (may_be_none) return keep(std::nullopt);
    if (n.fallback || !how.word.empty()) return keep(n.fallback);
    fail_missing(key, wanted(form), n.help);
    return keep(stand_in(n.bounds, how.whole));
  }
  const NumberResult read = number_of(*node, form);
  if (read.error.empty()) return keep(read.value);
  fail(key, node->place, read.error);
  return keep(n.fallback && !may_be_none ? *n.fallback : stand_in(n.bounds, how.whole));
}

std::vector<double> YamlSection::read_numbers(std::string_view key, const std::vector<double>& fallback,
                                              const Number& each, const NumberRead& how) {
  const Node* node = find(key);
  std::vector<double> numbers = fallback;
  const NumberForm form{how.unit, how.whole, "", each.bounds};
  if (node != nullptr && !node->is_list()) {
    fail(key, node->place, fmt::format("must be a list, each item {}, got {}", wanted(form), shown(*node)));
  } else if (node != nullptr) {
    numbers.clear();
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      const NumberResult read = number_of(node->items[i], form);
      if (!read.error.empty()) {
        bad_.emplace(key);
        problems_.add(node->items[i].place, fmt::format("{}[{}]", path_of(key), i), read.error);
      }
      numbers.push_back(read.value.value_or(stand_in(each.bounds, how.whole)));
    }
  }
  resolved_.set(key, Resolved::of_numbers(numbers, how.whole));
  return numbers;
}

std::optional<bool> YamlSection::read_flag(std::string_view key, const Flag& f) {
  const Node* node = find(key);
  bool value = f.fallback;
  if (node != nullptr) {
    const bool is_word = node->is_scalar() && !node->quoted && (node->text == "true" || node->text == "false");
    if (is_word) {
      value = node->text == "true";
    } else {
      fail(key, node->place, "must be true or false, got " + shown(*node));
    }
  }
  resolved_.set(key, Resolved::of_flag(value));
  return value;
}

std::optional<std::string> YamlSection::read_text(std::string_view key, const Text& t, Absence absence) {
  const Node* node = find(key);
  std::optional<std::string> value;
  if (absence == Absence::is_fallback) value = t.fallback;
  if (node == nullptr) {
    if (absence == Absence::is_fallback && !value) {
      fail_missing(key, "text", t.help);
      value = "";
    }
  } else if (node->is_scalar()) {
    value = node->text;
  } else if (!node->is_null() || absence == Absence::is_fallback) {
    fail(key, node->place, "must be text, got " + shown(*node));
    value = value.value_or("");
  }
  // A key called path, or ending in _path, names a file relative to this config's folder. The resolved config will lie
  // elsewhere: it says where that is.
  const bool is_path = (key == "path" || key.ends_with("_path")) && node != nullptr && value && !value->empty();
  const std::string shown_value = is_path ? absolute_path(folder_, *value) : value.value_or("");
  resolved_.set(key, value ? Resolved::of_text(shown_value) : Resolved::of_absent());
  return value;
}

bool YamlSection::read_word_into(std::string_view key, const Words& w, std::string& word) {
  const std::vector<std::string> names = names_of(w);
  const Node* node = find(key);
  bool is_good = true;
  word = w.fallback.value_or(names.empty() ? "" : names.front());
  if (node == nullptr) {
    if (!w.fallback) {
      fail_missing(key, "one of: " + join(names), w.help);
      is_good = false;
    }
  } else if (!node->is_scalar()) {
    fail(key, node->place, fmt::format("must be one of: {}; got {}", join(names), shown(*node)));
    is_good = false;
  } else if (std::find(names.begin(), names.end(), node->text) == names.end()) {
    const bool is_long = node->text.size() > 100;
    const std::string hint = is_long ? "; valid here: " + join(names) : suggestion(node->text, names);
    fail(key, node->place, fmt::format("unknown value {}{}", in_quotes(node->text), hint));
    is_good = false;
  } else {
    word = node->text;
  }
  resolved_.set(key, Resolved::of_text(word));
  return is_good;
}

std::string YamlSection::read_word(std::string_view key, const Words& w) {
  std::string word;
  read_word_into(key, w, word);
  return word;
}

std::vector<std::string> YamlSection::read_words(std::string_view key, const Words& w) {
  const std::vector<std::string> names = names_of(w);
  const Node* node = find(key);
  std::vector<std::string> words;
  if (node != nullptr && !node->is_list()) {
    fail(key, node->place, fmt::format("must be a list, each item one of: {}; got {}", join(names), shown(*node)));
    node = nullptr;
  }
  for (std::size_t i = 0; node != nullptr && i < node->items.size(); ++i) {
    const Node& item = node->items[i];
    std::string why;
    if (!item.is_scalar()) {
      why = fmt::format("must be one of: {}; got {}", join(names), shown(item));
    } else if (std::find(names.begin(), names.end(), item.text) == names.end()) {
      const bool is_long = item.text.size() > 100;
      why = fmt::format("unknown value {}{}", in_quotes(item.text),
                        is_long ? "; valid here: " + join(names) : suggestion(item.text, names));
    } else if (std::find(words.begin(), words.end(), item.text) != words.end()) {
      why = fmt::format("{} stands here twice; write it once", in_quotes(item.text));
    }
    if (why.empty()) {
      words.push_back(item.text);
    } else {
      bad_.emplace(key);
      problems_.add(item.place, fmt::format("{}[{}]", path_of(key), i), why);
    }
  }
  resolved_.set(key, Resolved::of_texts(words));
  return words;
}

void YamlSection::read_choice(std::string_view key, const Words& w,
                              const std::function<void(const std::string&)>& read) {
  std::string word;
  if (read_word_into(key, w, word)) {
    read(word);
  } else {
    may_have_more_ = true;
  }
}

Draw YamlSection::read_draw(std::string_view key, Unit unit, const std::optional<Draw>& fallback, const Number& n) {
  const Node* node = find(key);
  const NumberForm form{unit, false, "", n.bounds};
  Draw draw = fallback.value_or(Draw{Draw::Kind::constant, stand_in(n.bounds, false), 0});
  if (node == nullptr) {
    if (!fallback) fail_missing(key, wanted(form) + " or a {distribution: ...} mapping", n.help);
  } else if (node->is_map()) {
    draw = read_draw_mapping(key, *node, unit, n);
  } else {
    const NumberResult read = number_of(*node, form);
    if (read.error.empty()) {
      draw = {Draw::Kind::constant, *read.value, 0};
    } else {
      const std::string more = node->is_scalar() ? "" : "; or write a {distribution: ...} mapping";
      fail(key, node->place, read.error + more);
    }
  }
  resolved_.set(key, Resolved::of_draw(draw, unit));
  return draw;
}

Draw YamlSection::read_draw_mapping(std::string_view key, const Node& node, Unit unit, const Number& n) {
  Draw draw{Draw::Kind::constant, stand_in(n.bounds, false), 0};
  const std::size_t before = problems_.size();
  Resolved unused;
  YamlSection inner(node, node_.find(key)->place, path_of(key), folder_, problems_, unused);
  inner.read_choice("distribution", {std::nullopt, draw_words(), "how it is distributed", ""},
                    [&](const std::string& name) {
                      for (const DrawForm& form : draw_forms()) {
                        if (form.name != name) continue;
                        draw.kind = form.kind;
                        for (const DrawKey& part : form.keys) {
                          NumberRead how;
                          how.unit = part.has_unit ? unit : Unit::none;
                          const Number number{std::nullopt, bounds_of(part, n.bounds), std::string(part.help), ""};
                          draw.*part.member = inner.read_number(part.name, number, how).value_or(0);
                        }
                      }
                    });
  if (draw.kind == Draw::Kind::uniform && problems_.size() == before && draw.a > draw.b) {
    inner.reject("low", fmt::format("must not exceed high ({})", format_quantity(draw.b, unit)));
  }
  inner.finish();
  if (problems_.size() > before) bad_.emplace(key);
  return draw;
}

namespace {

const Node& empty_mapping() {
  static const Node empty = [] {
    Node node;
    node.kind = Node::Kind::map;
    return node;
  }();
  return empty;
}

}  // namespace

/// Reads a mapping, or nothing where `node` is none.
Resolved YamlSection::read_mapping(const Node& node, const Place& place, const std::string& path, bool is_stand_in,
                                   const std::function<void(Section&)>& read) {
  Resolved resolved = Resolved::of_mapping();
  YamlSection inner(node.is_map() ? node : empty_mapping(), place, path, folder_, problems_, resolved);
  inner.is_stand_in_ = is_stand_in || is_stand_in_;
  read(inner);
  inner.finish();
  return resolved;
}

void YamlSection::read_section(std::string_view key, std::string_view, const std::function<void(Section&)>& read) {
  const Node* node = find(key);
  const Node::Entry* entry = node_.find(key);
  const bool is_wrong = node != nullptr && !node->is_map() && !node->is_null();
  if (is_wrong) fail(key, node->place, "must be a mapping of keys to values, got " + shown(*node));
  const Place& place = entry != nullptr ? entry->place : place_;
  resolved_.set(key, read_mapping(node != nullptr ? *node : empty_mapping(), place, path_of(key), is_wrong, read));
}

void YamlSection::read_sections(std::string_view key, std::string_view, const std::function<void(Section&)>& read) {
  const Node* node = find(key);
  Resolved list = Resolved::of_mappings();
  if (node != nullptr && !node->is_list()) {
    fail(key, node->place, "must be a list, each item a mapping of keys to values, got " + shown(*node));
  } else if (node != nullptr) {
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      const Node& item = node->items[i];
      const std::string path = fmt::format("{}[{}]", path_of(key), i);
      if (!item.is_map()) {
        bad_.emplace(key);
        problems_.add(item.place, path, "must be a mapping of keys to values, got " + shown(item));
      }
      list.items.push_back(read_mapping(item, item.place, path, !item.is_map(), read));
    }
  }
  resolved_.set(key, std::move(list));
}

}  // namespace fedtide
