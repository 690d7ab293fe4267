#pragma once
// The schema for editors.

#include <nlohmann/json_fwd.hpp>

#include <string>

#include "sim/config/schema_recorder.h"

namespace fedtide {

/// JSON Schema, draft 7: what a config may say as far as JSON Schema can tell. The keys of a choice's options are held
/// by `if`/`then` for each option. Numbers with a unit are text with a pattern; their range stands in the description.
nlohmann::ordered_json json_schema(const SchemaNode& root, const std::string& title);

}  // namespace fedtide
