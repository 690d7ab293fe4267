#pragma once
// Plug-ins and experiments from YAML text, for tests.

#include <memory>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/experiment/load.h"

namespace fedtide::testing {

template <class Entry, class Result>
std::unique_ptr<Result> read_entry(const std::string& yaml) {
  const Node root = load_yaml_text(yaml, "test.yaml");
  Problems problems;
  return read_config(root, problems, [](Section& s) {
    std::unique_ptr<Result> result;
    s.choose_from<Entry>("name", std::nullopt, "", [&](const Entry& entry) { result = entry.read(s); });
    return result;
  });
}

inline std::unique_ptr<Method> read_method(const std::string& yaml) { return read_entry<AlgorithmEntry, Method>(yaml); }
inline std::unique_ptr<ModelFactory> read_model(const std::string& yaml) {
  return read_entry<ModelEntry, ModelFactory>(yaml);
}

inline ExperimentConfig read_text_experiment(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  return load_experiment_text(yaml, "test.yaml", overrides).config;
}

}  // namespace fedtide::testing
