#pragma once
// The keys that say what the columns of a table are.

#include "datasets/tables/rules.h"
#include "sim/config/section.h"

namespace fedtide {

/// Reads `columns`, `others`, `missing`, `missing_marks`, `standardize` and `test_fraction`; notes rules that do not go
/// together. `needs_label`: without a label or a target in the columns there is none.
TableRules read_table_rules(Section& section, bool needs_label = true);

/// The parts between commas, without blanks around them.
std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace fedtide
