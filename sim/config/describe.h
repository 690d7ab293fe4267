#pragma once
// The schema for people.

#include <string>
#include <vector>

#include "sim/config/schema_recorder.h"

namespace fedtide {

/// Every key with its type, unit, default, range, help and source, wrapped at `columns`. `words` narrows it down: a
/// dotted path
/// ("protocol.deadline", in whatever option has it), and then the word of a choice ("algorithm", "fedprox"). Throws
/// Failure(usage) with the nearest name when there is no such key or word.
std::string describe(const SchemaNode& root, const std::vector<std::string>& words, std::size_t columns = 100);

}  // namespace fedtide
