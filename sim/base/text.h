#pragma once
// Small text helpers for messages.

#include <string>
#include <string_view>
#include <vector>

namespace fedtide {

/// Damerau-Levenshtein distance (optimal string alignment), ASCII case ignored.
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`, at most a third of its letters (at least one, not all) away; the first of equals;
/// empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// `; did you mean "x"?` when a candidate is near, else `; valid here: a, b, c`; nothing without candidates.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

/// "a, b, c"
std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

}  // namespace fedtide
