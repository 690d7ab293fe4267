#pragma once
// The grammar of swept values, the same on the command line and in a file: "0.1, 1", "range(5)", "logspace(-3, -1, 5)".

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/diagnostics.h"
#include "sim/config/tree.h"

namespace fedtide {

/// Most values of one key, and most runs of one sweep.
inline constexpr std::size_t kMostSwept = 100000;

/// "name(a, b)": a text that is one call and nothing else. Brackets and quotes hide commas.
struct Call {
  std::string name;
  std::string inside;  ///< the text between the brackets
  std::vector<std::string> arguments;
};
std::optional<Call> call_of(std::string_view text);

/// Numbers with one unit, or none: the arguments of a call.
struct Amounts {
  std::vector<double> x;
  std::string unit;  ///< as written, "ms"
};
/// Notes a mistake unless there are between `least` and `most` arguments, all numbers with the same unit. `form` is
/// what would be right: "range(start, stop, step)".
std::optional<Amounts> amounts_of(const Call& call, std::size_t least, std::size_t most, std::string_view form,
                                  const Place& place, const std::string& path, Problems& problems);

/// A value of a key: the number, rounded to that many significant digits, and its unit.
Node amount_node(double x, const std::string& unit, int digits, const Place& place);

/// The values that a text means; mistakes are noted, and then there is none:
///   v1, v2 and choice(v1, v2)    each as in a YAML flow list
///   range(n), range(a, b), range(a, b, step)    a + i step, b left out; computed so, not by adding
///   linspace(a, b, n), logspace(a, b, n)    both ends included; powers of ten from 10^a to 10^b
/// Numbers are rounded to 12 digits, so that range(0, 1, 0.1) has 0.3 in it. All may have a unit: range(10 s, 60 s, 10
/// s).
std::optional<std::vector<Node>> sweep_values(std::string_view text, const Place& place, const std::string& path,
                                              Problems& problems);

/// The values of a key in a file: a list, or such a text.
std::optional<std::vector<Node>> sweep_values(const Node& node, const std::string& path, Problems& problems);

/// A value on one line, as YAML reads it: "0.1", "90 s", "{name: fedprox, mu: 0.1}", "null".
std::string flow_text(const Node& node);

/// True when both mean the same: equal numbers however written, equal lists and mappings.
bool same_value(const Node& a, const Node& b);

}  // namespace fedtide
