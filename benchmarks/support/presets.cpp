#include "benchmarks/support/presets.h"

#include <fmt/format.h>

#include <cstdio>

#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"

namespace fedtide::bench {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"softmax", "softmax", "{name: softmax}", Input::images},
      {"2nn", "mlp", "{name: mlp, hidden: [200, 200]}", Input::images},
      {"lenet5", "lenet5", "{name: lenet5}", Input::images},
      {"cnn", "cnn_mcmahan", "{name: cnn_mcmahan}", Input::images},
      {"cnn_pfl", "cnn_pfl", "{name: cnn_pfl}", Input::color},
      {"resnet8", "resnet8", "{name: resnet8}", Input::color},
      {"char_lstm", "char_lstm", "{name: char_lstm}", Input::text},
      {"char_gru", "char_gru", "{name: char_gru}", Input::text},
  };
  return all;
}

const Preset* find_preset(const std::string& label) {
  for (const Preset& preset : presets()) {
    if (preset.label == label) return &preset;
  }
  return nullptr;
}

std::unique_ptr<const Model<float>> make_model(const Preset& preset, const InputShape& input) {
  if (Registry<ModelEntry>::instance().find(preset.model) == nullptr) {
    fmt::print(stderr, "SKIPPED {}: this program has no model called {}\n", preset.label, preset.model);
    return nullptr;
  }
  const Node tree = load_yaml_text(preset.yaml, preset.label);
  Problems problems;
  std::unique_ptr<ModelFactory> factory;
  read_config(tree, problems, [&](Section& section) {
    section.choose_from<ModelEntry>("name", std::nullopt, "kind of model",
                                    [&](const ModelEntry& entry) { factory = entry.read(section); });
  });
  const std::string why = factory->mismatch(input);
  if (!why.empty()) {
    fmt::print(stderr, "SKIPPED {}: {} does not fit the data: {}\n", preset.label, preset.model, why);
    return nullptr;
  }
  return factory->make_float(input);
}

}  // namespace fedtide::bench
