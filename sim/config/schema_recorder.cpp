#include "sim/config/schema_recorder.h"

#include <algorithm>

#include "sim/config/number_reader.h"

namespace fedtide {

namespace {

SchemaNode named(std::string_view key, SchemaNode::Kind kind, const std::string& help, const std::string& source) {
  SchemaNode node;
  node.key = key;
  node.kind = kind;
  node.help = help;
  node.source = source;
  return node;
}

void require_within(const Bounds& bounds, double fallback, std::string_view key) {
  FEDTIDE_REQUIRE(bounds.contain(fallback), "the default {} of \"{}\" is not {}", fallback, key, bounds.text());
}

SchemaNode of_words(std::string_view key, SchemaNode::Kind kind, const Words& w) {
  SchemaNode node = named(key, kind, w.help, w.source);
  node.required = !w.fallback.has_value();
  if (w.fallback) {
    node.fallback = Resolved::of_text(*w.fallback);
    const bool is_known =
        std::any_of(w.options.begin(), w.options.end(), [&](const About& a) { return a.name == *w.fallback; });
    FEDTIDE_REQUIRE(is_known, "the default \"{}\" of \"{}\" is none of its words", *w.fallback, key);
  }
  return node;
}

}  // namespace

void SchemaRecorder::add(SchemaNode node) {
  for (SchemaNode& old : *nodes_) {
    if (old.key != node.key) continue;
    old = std::move(node);
    return;
  }
  nodes_->push_back(std::move(node));
}

std::optional<double> SchemaRecorder::read_number(std::string_view key, const Number& n, const NumberRead& how) {
  SchemaNode node = named(key, SchemaNode::Kind::number, n.help, n.source);
  node.unit = how.unit;
  node.whole = how.whole;
  node.word = how.word;
  node.bounds = n.bounds;
  node.optional = how.absence == Absence::is_none;
  node.required = !node.optional && !n.fallback && how.word.empty();
  std::optional<double> value;
  if (!node.optional && n.fallback) {
    require_within(n.bounds, *n.fallback, key);
    value = n.fallback;
    node.fallback = Resolved::of_number(*value, how.unit, how.whole);
  } else if (!how.word.empty()) {
    node.fallback = Resolved::of_text(how.word);
  } else if (node.required) {
    value = stand_in(n.bounds, how.whole);
  }
  add(std::move(node));
  return value;
}

std::vector<double> SchemaRecorder::read_numbers(std::string_view key, const std::vector<double>& fallback,
                                                 const Number& each, const NumberRead& how) {
  SchemaNode node = named(key, SchemaNode::Kind::numbers, each.help, each.source);
  node.whole = how.whole;
  node.bounds = each.bounds;
  node.fallback = Resolved::of_numbers(fallback, how.whole);
  for (const double x : fallback) require_within(each.bounds, x, key);
  add(std::move(node));
  return fallback;
}

std::optional<bool> SchemaRecorder::read_flag(std::string_view key, const Flag& f) {
  SchemaNode node = named(key, SchemaNode::Kind::flag, f.help, f.source);
  node.fallback = Resolved::of_flag(f.fallback);
  add(std::move(node));
  return f.fallback;
}

std::optional<std::string> SchemaRecorder::read_text(std::string_view key, const Text& t, Absence absence) {
  SchemaNode node = named(key, SchemaNode::Kind::text, t.help, t.source);
  node.optional = absence == Absence::is_none;
  node.required = !node.optional && !t.fallback;
  if (!node.optional && t.fallback) node.fallback = Resolved::of_text(*t.fallback);
  add(std::move(node));
  if (absence == Absence::is_none) return std::nullopt;
  return t.fallback.value_or("");
}

std::string SchemaRecorder::read_word(std::string_view key, const Words& w) {
  SchemaNode node = of_words(key, SchemaNode::Kind::word, w);
  node.words = w.options;
  add(std::move(node));
  return w.fallback.value_or(w.options.empty() ? "" : w.options.front().name);
}

std::vector<std::string> SchemaRecorder::read_words(std::string_view key, const Words& w) {
  SchemaNode node = named(key, SchemaNode::Kind::words, w.help, w.source);
  node.words = w.options;
  node.fallback = Resolved::of_texts({});
  add(std::move(node));
  return {};
}

Draw SchemaRecorder::read_draw(std::string_view key, Unit unit, const std::optional<Draw>& fallback, const Number& n) {
  SchemaNode node = named(key, SchemaNode::Kind::draw, n.help, n.source);
  node.unit = unit;
  node.bounds = n.bounds;
  node.required = !fallback.has_value();
  if (fallback) {
    require_within(n.bounds, fallback->a, key);
    node.fallback = Resolved::of_draw(*fallback, unit);
  }
  add(std::move(node));
  return fallback.value_or(Draw{Draw::Kind::constant, stand_in(n.bounds, false), 0});
}

void SchemaRecorder::read_section(std::string_view key, std::string_view help,
                                  const std::function<void(Section&)>& read) {
  SchemaNode node = named(key, SchemaNode::Kind::mapping, std::string(help), "");
  SchemaRecorder inner(node.children);
  inner.open_choices_ = open_choices_;
  read(inner);
  add(std::move(node));
}

void SchemaRecorder::read_sections(std::string_view key, std::string_view help,
                                   const std::function<void(Section&)>& read) {
  SchemaNode node = named(key, SchemaNode::Kind::mappings, std::string(help), "");
  node.fallback = Resolved::of_mappings();
  SchemaRecorder inner(node.children);
  inner.open_choices_ = open_choices_;
  read(inner);
  add(std::move(node));
}

void SchemaRecorder::read_choice(std::string_view key, const Words& w,
                                 const std::function<void(const std::string&)>& read) {
  SchemaNode node = of_words(key, SchemaNode::Kind::choice, w);
  std::pair<std::string, std::vector<std::string>> open{std::string(key), {}};
  for (const About& about : w.options) open.second.push_back(about.name);
  // A method that wraps another of its kind would describe itself for ever.
  node.is_recursive = std::find(open_choices_.begin(), open_choices_.end(), open) != open_choices_.end();
  open_choices_.push_back(std::move(open));
  for (const About& about : w.options) {
    node.options.push_back({about, {}});
    if (node.is_recursive) continue;
    std::vector<SchemaNode>* outer = std::exchange(nodes_, &node.options.back().children);
    read(about.name);
    nodes_ = outer;
  }
  open_choices_.pop_back();
  add(std::move(node));
}

SchemaNode record_schema(const std::function<void(Section&)>& read) {
  SchemaNode root;
  SchemaRecorder recorder(root.children);
  read(recorder);
  return root;
}

}  // namespace fedtide
