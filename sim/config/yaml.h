#pragma once
// YAML text to a Node tree, within limits: the only user of yaml-cpp, which passes duplicate keys, cycles and alias
// bombs on.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sim/config/diagnostics.h"
#include "sim/config/tree.h"

namespace fedtide {

inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
inline constexpr int kMaxYamlDepth = 64;
inline constexpr std::size_t kMaxYamlNodes = 10000;                     ///< values, with each alias counted in full
inline constexpr std::size_t kMaxYamlTextBytes = std::size_t{4} << 20;  ///< of all values, aliases resolved

/// The mapping that `text` holds; an empty text is an empty mapping. A byte-order mark and CRLF are accepted. Throws a
/// ConfigError with every mistake of form: limits, duplicate keys, several documents, merge keys, tags, wrong encoding.
Node load_yaml_text(std::string_view text, const std::string& file);

/// As above; throws Failure(no_input) when the file cannot be read.
Node load_yaml_file(const std::string& path);

/// The comma-separated values of one word of the command line, each as in a YAML flow list ("5", "90 s", "[1, 2]", "{a:
/// 1}"). Every node gets `place`; mistakes are noted, and then there is no value.
std::optional<std::vector<Node>> parse_flow_values(std::string_view text, const Place& place, const std::string& path,
                                                   Problems& problems);

}  // namespace fedtide
