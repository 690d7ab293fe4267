#pragma once
// The config as a plain tree: what the YAML text says, with places, before anyone knows what its keys mean.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {

struct Node;

/// A value; `entries` keep the order of the file and have no key twice.
struct Node {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  Place place;
  std::string text;     ///< of a scalar, escapes resolved
  bool quoted = false;  ///< the scalar was written in quotes or as a block
  std::vector<Node> items;
  std::vector<Entry> entries;

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }

  /// Null when this is no mapping or has no such key.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
};

struct Node::Entry {
  std::string key;
  Place place;  ///< of the key
  Node value;
};

/// What was found, for messages: `5`, `"fast"`, `a list`, `a mapping`, `nothing`.
std::string shown(const Node& node);

/// One line of at most 60 bytes: control characters escaped, a long text cut with "...".
std::string printable(std::string_view text);

/// "a.b" from "a" and "b"; "b" from "" and "b".
std::string joined_path(std::string_view parent, std::string_view key);

}  // namespace fedtide
