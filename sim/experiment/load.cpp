#include "sim/experiment/load.h"

#include <nlohmann/json.hpp>

#include "sim/config/overrides.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"

namespace fedtide {
namespace {

LoadedExperiment read_tree(Node root, const std::vector<std::string>& overrides) {
  Problems problems;
  apply_overrides(root, overrides, problems);
  Resolved resolved;
  ExperimentConfig config = read_config(root, problems, read_experiment, &resolved);
  // Neither how a run is computed nor what is kept of it changes what happens in it.
  return {std::move(config),
          {to_yaml(resolved), to_json(resolved).dump(2) + "\n", canonical_json(resolved, {"execution", "output"})}};
}

}  // namespace

LoadedExperiment load_experiment(const std::string& path, const std::vector<std::string>& overrides) {
  return read_tree(load_yaml_file(path), overrides);
}

LoadedExperiment load_experiment_text(const std::string& yaml, const std::string& file,
                                      const std::vector<std::string>& overrides) {
  return read_tree(load_yaml_text(yaml, file), overrides);
}

SchemaNode experiment_schema() {
  return record_schema([](Section& section) { read_experiment(section); });
}

}  // namespace fedtide
