#include "sim/config/describe.h"

#include <algorithm>

#include "sim/base/text.h"
#include "sim/config/number_reader.h"

namespace fedtide {

namespace {

class Page {
 public:
  Page(std::size_t key_width, std::size_t columns) : key_width_(key_width), columns_(columns) {}

  /// `left` in the key column, then the text, wrapped, in its own.
  void row(std::size_t indent, const std::string& left, const std::string& text) {
    std::string line = std::string(indent, ' ') + left;
    if (text.empty()) return put(line);
    const std::size_t start = key_width_ + 2;
    if (line.size() + 2 > start) {
      put(line);
      line.clear();
    }
    line.resize(start, ' ');
    bool is_first = true;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      const std::string word = text.substr(at, end - at);
      if (!is_first && line.size() + 1 + word.size() > columns_) {
        put(line);
        line.assign(start, ' ');
        is_first = true;
      }
      line += (is_first ? "" : " ") + word;
      is_first = false;
      at = end + 1;
    }
    put(line);
  }

  std::string take() { return std::move(out_); }

 private:
  void put(std::string line) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out_ += line + "\n";
  }

  std::size_t key_width_;
  std::size_t columns_;
  std::string out_;
};

std::string type_of(const SchemaNode& node) {
  const std::string unit = node.unit == Unit::none ? "" : fmt::format(" [{}]", symbol(node.unit));
  switch (node.kind) {
    case SchemaNode::Kind::mapping:
      return "";
    case SchemaNode::Kind::mappings:
      return "list of mappings";
    case SchemaNode::Kind::number: {
      std::string type(node.unit != Unit::none ? noun(node.unit).substr(noun(node.unit).find(' ') + 1)
                       : node.whole            ? "whole number"
                                               : "number");
      return type + unit + (node.word.empty() ? "" : " or \"" + node.word + "\"");
    }
    case SchemaNode::Kind::numbers:
      return node.whole ? "list of whole numbers" : "list of numbers";
    case SchemaNode::Kind::flag:
      return "true or false";
    case SchemaNode::Kind::text:
      return "text";
    case SchemaNode::Kind::word:
    case SchemaNode::Kind::choice:
      return "word";
    case SchemaNode::Kind::words:
      return "list of words";
    case SchemaNode::Kind::swept:
      return "of a sweep";
    case SchemaNode::Kind::draw:
      return std::string(noun(node.unit).substr(noun(node.unit).find(' ') + 1)) + unit + " or distribution";
  }
  FEDTIDE_REQUIRE(false, "kind {}", static_cast<int>(node.kind));
}

std::string facts_of(const SchemaNode& node) {
  std::vector<std::string> facts = {type_of(node)};
  if (node.required) facts.emplace_back("required");
  if (node.optional) facts.emplace_back("default none");
  if (node.fallback.kind != Resolved::Kind::absent) facts.push_back("default " + text_of(node.fallback));
  const std::string range = node.bounds.text(node.unit);
  if (!range.empty()) facts.push_back((node.kind == SchemaNode::Kind::numbers ? "each " : "") + range);
  return join(facts, "; ");
}

void write(const std::vector<SchemaNode>& nodes, std::size_t indent, const std::string& only, Page& page);

void write_option(const SchemaNode& choice, const SchemaOption& option, std::size_t indent, Page& page) {
  std::string about = option.about.summary;
  if (!option.about.source.empty()) about += (about.empty() ? "" : " ") + ("[" + option.about.source + "]");
  page.row(indent, choice.key + ": " + option.about.name, about);
  write(option.children, indent + 2, "", page);
}

/// `only`: the single option of a choice to show; empty for all.
void write(const std::vector<SchemaNode>& nodes, std::size_t indent, const std::string& only, Page& page) {
  for (const SchemaNode& node : nodes) {
    std::string help = node.help;
    if (!node.source.empty()) help += (help.empty() ? "" : " ") + ("[" + node.source + "]");
    if (node.kind == SchemaNode::Kind::mapping) {
      page.row(indent, node.key + ":", help);
      write(node.children, indent + 2, only, page);
      continue;
    }
    page.row(indent, node.key, facts_of(node));
    if (!help.empty()) page.row(indent, "", help);
    for (const About& about : node.words) page.row(indent + 2, about.name, about.summary);
    for (const SchemaOption& option : node.options) {
      const bool is_wanted = only.empty() || only == option.about.name;
      if (is_wanted && !node.is_recursive) write_option(node, option, indent + 2, page);
    }
    write(node.children, indent + 2, only, page);
    if (node.is_recursive) page.row(indent, "", "with the keys of its kind as described above");
  }
}

std::size_t key_width(const std::vector<SchemaNode>& nodes, std::size_t indent) {
  std::size_t width = 0;
  for (const SchemaNode& node : nodes) {
    const std::size_t colon = node.kind == SchemaNode::Kind::mapping ? 1 : 0;
    width = std::max({width, indent + node.key.size() + colon, key_width(node.children, indent + 2)});
    for (const About& about : node.words) width = std::max(width, indent + 2 + about.name.size());
    for (const SchemaOption& option : node.options) {
      width = std::max(width, indent + 4 + node.key.size() + option.about.name.size());
      width = std::max(width, key_width(option.children, indent + 4));
    }
  }
  return width;
}

std::string page_of(const std::vector<SchemaNode>& nodes, const std::string& only, std::size_t columns) {
  constexpr std::size_t kWidestKeys = 36;
  Page page(std::min(key_width(nodes, 0), kWidestKeys), columns);
  write(nodes, 0, only, page);
  return page.take();
}

/// A key of that name in the mapping, or under an option of its choices; and its siblings' names, for hints.
void find_all(const std::vector<SchemaNode>& nodes, const std::string& key, std::vector<SchemaNode>& found,
              std::vector<std::string>& names) {
  for (const SchemaNode& node : nodes) {
    if (std::find(names.begin(), names.end(), node.key) == names.end()) names.push_back(node.key);
    if (node.key == key) found.push_back(node);
    for (const SchemaOption& option : node.options) {
      std::vector<SchemaNode> below;
      find_all(option.children, key, below, names);
      for (SchemaNode& one : below) {
        const std::string context = fmt::format("with {}: {}", node.key, option.about.name);
        one.help = one.help.empty() ? context : one.help + "; " + context;
        found.push_back(std::move(one));
      }
    }
  }
}

std::vector<SchemaNode> narrow(const SchemaNode& root, const std::string& path) {
  std::vector<SchemaNode> here = {root};
  std::string done;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t dot = std::min(path.find('.', start), path.size());
    const std::string key = path.substr(start, dot - start);
    std::vector<SchemaNode> next;
    std::vector<std::string> names;
    for (const SchemaNode& node : here) find_all(node.children, key, next, names);
    if (next.empty()) {
      const std::string where = done.empty() ? "" : fmt::format(" in {}", done);
      throw Failure(ExitCode::usage, fmt::format("no key \"{}\"{}{}", key, where, suggestion(key, names)));
    }
    done = joined_path(done, key);
    here = std::move(next);
    start = dot + 1;
  }
  for (SchemaNode& node : here) node.key = path;
  return here;
}

void collect_words(const std::vector<SchemaNode>& nodes, std::vector<std::string>& words) {
  for (const SchemaNode& node : nodes) {
    for (const SchemaOption& option : node.options) words.push_back(option.about.name);
    if (node.kind == SchemaNode::Kind::mapping || node.kind == SchemaNode::Kind::mappings)
      collect_words(node.children, words);
  }
}

}  // namespace

std::string describe(const SchemaNode& root, const std::vector<std::string>& words, std::size_t columns) {
  if (words.empty()) return page_of(root.children, "", columns);
  const std::vector<SchemaNode> nodes = narrow(root, words[0]);
  if (words.size() == 1) return page_of(nodes, "", columns);
  std::vector<std::string> options;
  collect_words(nodes, options);
  if (std::find(options.begin(), options.end(), words[1]) == options.end()) {
    const std::string hint = options.empty() ? "; it has no choices" : suggestion(words[1], options);
    throw Failure(ExitCode::usage, fmt::format("{} has no \"{}\"{}", words[0], words[1], hint));
  }
  return page_of(nodes, words[1], columns);
}

}  // namespace fedtide
