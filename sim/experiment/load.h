#pragma once
// From a YAML file and overrides to a checked experiment and its resolved config.

#include <optional>
#include <string>
#include <vector>

#include "sim/config/diagnostics.h"
#include "sim/config/schema_recorder.h"
#include "sim/config/tree.h"
#include "sim/experiment/run.h"

namespace fedtide {

struct LoadedExperiment {
  ExperimentConfig config;
  ResolvedTexts resolved;
  std::optional<Place> sweep;  ///< of the section that describes many runs; it is not part of `config`
};

/// Takes `sweep` out of the tree; null when there is none, or nothing in it.
Node take_sweep(Node& root);

/// Reads what is left. Errors: ConfigError with what `problems` has and all mistakes, Failure(no_input).
LoadedExperiment read_tree(const Node& root, Problems& problems);

/// Errors: ConfigError with all mistakes, Failure(no_input).
LoadedExperiment load_experiment(const std::string& path, const std::vector<std::string>& overrides);
/// The same from text; `file` is what messages call it, and its folder is where relative paths begin.
LoadedExperiment load_experiment_text(const std::string& yaml, const std::string& file,
                                      const std::vector<std::string>& overrides);

/// What an experiment may say, from the same code that reads it.
SchemaNode experiment_schema();

}  // namespace fedtide
