#pragma once
// The models that the benchmarks train: one table for all of them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/model.h"

namespace fedtide::bench {

struct Preset {
  std::string label;  ///< what a command line and a table call it: "2nn"
  std::string model;  ///< the model's name in the YAML
  std::string yaml;   ///< the whole `model:` section
  std::string data;   ///< "images", "text", or a whole `data:` section (see workload.h)
};

const std::vector<Preset>& presets();
/// Null when no preset has this label.
const Preset* find_preset(const std::string& label);

/// The preset's model for inputs of this shape; null, and the reason on stderr, when the program has no model of this
/// name or it does not take this input.
std::unique_ptr<const Model<float>> make_model(const Preset& preset, const InputShape& input);

}  // namespace fedtide::bench
