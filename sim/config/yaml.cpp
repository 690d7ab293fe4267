#include "sim/config/yaml.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "sim/config/source_text.h"
#include "sim/config/tree_builder.h"

namespace fedtide {

namespace {

/// The parser's sentence in words that say what to do.
std::string in_our_words(const std::string& message) {
  if (message == "illegal map value") {
    return "a \":\" where no mapping can start; check the indentation, and put text with \": \" in it in quotes";
  }
  if (message == "illegal EOF in scalar") return "the text ends inside quotes; a closing quote is missing";
  if (message == "unknown token") return "a value cannot start with this character; put the text in quotes";
  if (message == "the referenced anchor is not defined") return "an alias to an anchor that was not defined before it";
  if (message == "illegal flow end") return "a closing bracket that was not opened";
  return "not valid YAML: " + message;
}

void note_syntax_error(const YAML::Exception& error, const TreeBuilder& builder, const std::string& path,
                       Problems& problems) {
  // The parser's own guard, which also sees nesting that has not become a value yet.
  if (error.msg == "bad file") {
    problems.add(builder.place(error.mark), path, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
    return;
  }
  const std::optional<Place> bracket = builder.open_bracket();
  const bool is_unclosed = error.msg.starts_with("end of sequence flow") || error.msg.starts_with("end of map flow");
  if (is_unclosed && bracket) {
    problems.add(*bracket, path, "the bracket that opens here is not closed, or a comma is missing before its end");
    return;
  }
  const std::optional<Place> key = builder.open_key();
  const bool is_open_quote = error.msg == "illegal EOF in scalar" && key.has_value();
  problems.add(is_open_quote ? *key : builder.place(error.mark), is_open_quote ? builder.path() : path,
               in_our_words(error.msg));
}

std::optional<Node> parse(const SourceText& source, const std::optional<Place>& fixed, const std::string& path,
                          Problems& problems) {
  Problems found;
  TreeBuilder builder(source, fixed, path, found);
  try {
    // The parser takes a line end and nothing after it for a closing quote; a comment is something.
    std::istringstream stream(source.text() + "\n#");
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const TreeBuilder::Stop&) {
  } catch (const YAML::Exception& error) {
    // What the tree lacks after a wrong bracket or quote is no mistake of its own.
    found = Problems{};
    note_syntax_error(error, builder, path, found);
  }
  for (const Problem& problem : found.all()) problems.add(problem.place, problem.path, problem.message);
  if (!found.empty()) return std::nullopt;
  return builder.root() ? std::move(*builder.root()) : Node{};
}

std::string read_text(const std::string& path) {
  // Opening a folder for reading succeeds, only reading it fails.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw Failure(ExitCode::no_input, fmt::format("{}: cannot be read: it is a folder", path));
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxYamlBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    const std::string why = errno != 0 ? std::strerror(errno) : "unknown reason";
    throw Failure(ExitCode::no_input, fmt::format("{}: cannot be read: {}", path, why));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

Node load_yaml_text(std::string_view text, const std::string& file) {
  Problems problems;
  const SourceText source(text, file, problems);
  problems.throw_if_any();
  std::optional<Node> root = parse(source, std::nullopt, "", problems);
  if (root && !root->is_map() && !root->is_null()) {
    problems.add(root->place, "", fmt::format("an experiment is a mapping of keys to values, got {}", shown(*root)));
  }
  problems.throw_if_any();
  if (root->is_null()) {
    root->kind = Node::Kind::map;
    root->place = {file, 1, 1};
  }
  return std::move(*root);
}

Node load_yaml_file(const std::string& path) { return load_yaml_text(read_text(path), path); }

std::optional<std::vector<Node>> parse_flow_values(std::string_view text, const Place& place, const std::string& path,
                                                   Problems& problems) {
  Problems found;
  // The line end closes a comment, so that the bracket is not part of it.
  const SourceText source("[" + std::string(text) + "\n]", place.file, found);
  if (!source.good()) {
    for (const Problem& problem : found.all()) problems.add(place, path, problem.message);
    return std::nullopt;
  }
  std::optional<Node> list = parse(source, place, path, problems);
  if (!list) return std::nullopt;
  if (!list->is_list()) {
    problems.add(place, path, "not one value");
    return std::nullopt;
  }
  return std::move(list->items);
}

}  // namespace fedtide
