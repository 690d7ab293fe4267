#include "sim/config/tree_builder.h"

#include <algorithm>
#include <utility>

#include "sim/config/yaml.h"

namespace fedtide {

Place TreeBuilder::place(const YAML::Mark& mark) const {
  if (fixed_) return *fixed_;
  const auto from_zero = [](int x) { return static_cast<std::size_t>(std::max(x, 0)); };
  return source_.place(from_zero(mark.line), from_zero(mark.column));
}

std::optional<Place> TreeBuilder::open_bracket() const {
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    if (open->is_bracket) return open->node.place;
  }
  return std::nullopt;
}

std::optional<Place> TreeBuilder::open_key() const {
  if (open_.empty() || !open_.back().has_key) return std::nullopt;
  return open_.back().key.place;
}

std::string TreeBuilder::path() const {
  if (fixed_) return fixed_path_;
  std::string path;
  for (const Open& open : open_) {
    if (open.node.is_list()) path += fmt::format("[{}]", open.node.items.size());
    if (open.has_key) path = joined_path(path, open.key.text);
  }
  return path;
}

void TreeBuilder::refuse(const Place& where, const std::string& message) { problems_.add(where, path(), message); }

void TreeBuilder::stop(const Place& where, const std::string& message) {
  problems_.add(where, fixed_ ? fixed_path_ : "", message);
  throw Stop{};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  // The parser would go on for ever over a stray comma, one empty document after another.
  if (++documents_ == 1) return;
  const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
  const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
  if (source_.rest_of_line(line, column).starts_with("---")) {
    stop(place(mark), "a second YAML document starts here; a file holds one experiment");
  }
  stop(place(mark), "text after the end of the experiment; check the indentation and the brackets");
}

void TreeBuilder::check_tag(const Place& where, const std::string& tag) {
  if (tag.empty() || tag == "?" || tag == "!") return;
  refuse(where, "YAML tags such as !!str are not used here; remove it");
}

void TreeBuilder::count(const Size& size, const Place& where) {
  seen_.nodes += size.nodes;
  seen_.bytes += size.bytes;
  if (seen_.nodes > kMaxYamlNodes) {
    stop(where, fmt::format("more than {} values, aliases counted in full", kMaxYamlNodes));
  }
  if (seen_.bytes > kMaxYamlTextBytes) stop(where, "more than 4 MiB of text, aliases counted in full");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Node node;
  node.place = place(mark);
  // An absent value has no place of its own; the parser gives that of the next key.
  if (!open_.empty() && open_.back().has_key) node.place = open_.back().key.place;
  count({1, 0, 0}, node.place);
  finish(std::move(node), anchor);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.place = place(mark);
  node.text = value;
  node.quoted = tag == "!";
  check_tag(node.place, tag);
  if (value.find('\0') != std::string::npos) refuse(node.place, "text with a NUL character (\\0)");
  count({1, value.size(), 0}, node.place);
  finish(std::move(node), anchor);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) stop(place(mark), "an alias to something that contains it");
  const Size& size = found->second.size;
  count(size, place(mark));
  if (static_cast<int>(open_.size()) + size.depth > kMaxYamlDepth) {
    stop(place(mark), fmt::format("nested deeper than {} levels", kMaxYamlDepth));
  }
  attach(found->second.node);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  open(Node::Kind::list, mark, tag, anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  open(Node::Kind::map, mark, tag, anchor);
}

void TreeBuilder::open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
  Open next;
  next.node.kind = kind;
  next.node.place = place(mark);
  next.anchor = anchor;
  const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
  const auto column = static_cast<std::size_t>(std::max(mark.column, 0));
  const std::string_view here = source_.rest_of_line(line, column);
  next.is_bracket = here.starts_with(kind == Node::Kind::list ? '[' : '{');
  check_tag(next.node.place, tag);
  count({1, 0, 0}, next.node.place);
  if (static_cast<int>(open_.size()) >= kMaxYamlDepth) {
    stop(next.node.place, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
  }
  open_.push_back(std::move(next));
}

void TreeBuilder::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  finish(std::move(done.node), done.anchor);
}

void TreeBuilder::finish(Node node, YAML::anchor_t anchor) {
  if (anchor != 0) {
    const Size size = size_of(node);
    // The copy kept for aliases counts as one more use.
    count(size, node.place);
    anchors_[anchor] = {node, size};
  }
  attach(std::move(node));
}

void TreeBuilder::attach(Node node) {
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.is_list()) {
    parent.node.items.push_back(std::move(node));
  } else if (!parent.has_key) {
    take_key(std::move(node));
  } else {
    if (!parent.drop_value) {
      parent.node.entries.push_back({std::move(parent.key.text), parent.key.place, std::move(node)});
    }
    parent.has_key = false;
    parent.drop_value = false;
  }
}

void TreeBuilder::take_key(Node key) {
  Open& parent = open_.back();
  if (!key.is_scalar()) {
    refuse(key.place, fmt::format("a key must be a word, got {}", shown(key)));
    parent.drop_value = true;
    key.text = "?";
  } else if (key.text == "<<" && !key.quoted) {
    refuse(key.place, "merge keys (<<) are not used here; write the keys out, or alias a whole value");
    parent.drop_value = true;
  } else {
    const auto [first, is_new] = parent.keys.emplace(key.text, key.place);
    if (!is_new) {
      const std::string where = fixed_ ? "" : fmt::format("; first on line {}", first->second.line);
      problems_.add(key.place, fixed_ ? fixed_path_ : joined_path(path(), key.text),
                    "this key is written twice" + where);
      parent.drop_value = true;
    }
  }
  parent.key = std::move(key);
  parent.has_key = true;
}

TreeBuilder::Size TreeBuilder::size_of(const Node& node) {
  Size size{1, node.text.size(), 0};
  const auto add = [&](const Node& child) {
    const Size inner = size_of(child);
    size.nodes += inner.nodes;
    size.bytes += inner.bytes;
    size.depth = std::max(size.depth, inner.depth + 1);
  };
  for (const Node& item : node.items) add(item);
  for (const Node::Entry& entry : node.entries) {
    size.bytes += entry.key.size();
    add(entry.value);
  }
  if (size.depth == 0 && !node.is_scalar() && !node.is_null()) size.depth = 1;
  return size;
}

}  // namespace fedtide
