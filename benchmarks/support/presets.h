#pragma once
// The models that the benchmarks train: one table for all of them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/model.h"

namespace fedtide::bench {

/// 28 x 28 pixels, or 32 x 32 pixels of three colors, of 10 classes; sequences of characters.
enum class Input { images, color, text };

struct Preset {
  std::string label;  ///< what a command line and a table call it: "2nn"
  std::string model;  ///< the model's name in the YAML
  std::string yaml;   ///< the whole `model:` section
  Input input = Input::images;
};

const std::vector<Preset>& presets();
/// Null when no preset has this label.
const Preset* find_preset(const std::string& label);

/// The preset's model for inputs of this shape; null, and the reason on stderr, when the program has no model of this
/// name or it does not take this input.
std::unique_ptr<const Model<float>> make_model(const Preset& preset, const InputShape& input);

}  // namespace fedtide::bench
