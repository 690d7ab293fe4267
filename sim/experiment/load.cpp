#include "sim/experiment/load.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/config/overrides.h"
#include "sim/config/sweep_section.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"

namespace fedtide {
namespace {

LoadedExperiment load_tree(Node root, const std::vector<std::string>& overrides) {
  Problems problems;
  apply_overrides(root, overrides, problems);
  const Node sweep = take_sweep(root);
  read_sweep(sweep, problems);
  LoadedExperiment loaded = read_tree(root, problems);
  if (!sweep.is_null()) loaded.sweep = sweep.place;
  return loaded;
}

}  // namespace

Node take_sweep(Node& root) {
  const auto found = std::find_if(root.entries.begin(), root.entries.end(),
                                  [](const Node::Entry& entry) { return entry.key == "sweep"; });
  if (found == root.entries.end()) return {};
  Node sweep = std::move(found->value);
  // The key's place: that of a mapping is its first key.
  if (sweep.is_map()) sweep.place = found->place;
  root.entries.erase(found);
  return sweep;
}

LoadedExperiment read_tree(const Node& root, Problems& problems) {
  Resolved resolved;
  ExperimentConfig config = read_config(root, problems, read_experiment, &resolved, "sweep");
  // Neither how a run is computed nor what is kept of it changes what happens in it.
  return {std::move(config),
          {to_yaml(resolved), to_json(resolved).dump(2) + "\n", canonical_json(resolved, {"execution", "output"})},
          std::nullopt};
}

LoadedExperiment load_experiment(const std::string& path, const std::vector<std::string>& overrides) {
  return load_tree(load_yaml_file(path), overrides);
}

LoadedExperiment load_experiment_text(const std::string& yaml, const std::string& file,
                                      const std::vector<std::string>& overrides) {
  return load_tree(load_yaml_text(yaml, file), overrides);
}

SchemaNode experiment_schema() {
  SchemaNode schema = record_schema([](Section& section) { read_experiment(section); });
  schema.children.push_back(sweep_schema());
  return schema;
}

}  // namespace fedtide
