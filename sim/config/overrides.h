#pragma once
// `a.b=c` words of the command line, written over the tree of the file.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/diagnostics.h"
#include "sim/config/tree.h"

namespace fedtide {

/// One word, taken apart.
struct Override {
  Place place;                    ///< {kCommandLine, 0, number of the word from 1}
  std::vector<std::string> keys;  ///< "a", "b"
  std::string path;               ///< "a.b"
  std::string value;              ///< text after the first "=", never empty
};

/// Nothing, and a mistake noted, when the word has not the form key=value.
std::optional<Override> split_override(std::string_view word, int number, Problems& problems);

/// True for "1,2", "range(5)" and the like: several values, for a sweep. Brackets and quotes hide their commas.
bool is_sweep_value(std::string_view value);

/// Puts `value` at the override's key; missing mappings are made. What was there is replaced, never merged.
void set_value(Node& root, const Override& at, Node value, Problems& problems);

/// Applies one word; `number` is its own, from 1. Several values are a mistake.
void apply_override(Node& root, std::string_view word, int number, Problems& problems);

/// Applies the words in order; the last of equal keys wins. Values are YAML flow text ("90 s", "[1, 2]", "{name: sgd}",
/// "null"). Whether the keys exist is for the reader of the config to say.
void apply_overrides(Node& root, const std::vector<std::string>& words, Problems& problems);

}  // namespace fedtide
