#include "benchmarks/support/presets.h"

#include <fmt/format.h>

#include <cstdio>

#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"

namespace fedtide::bench {

const std::vector<Preset>& presets() {
  static const std::string pixels = "{dataset: pixels, samples: 5000, test_samples: 1000}";
  static const std::string clicks = "{dataset: clicks, samples: 1000, fields: 20, categories: 100}";
  static const std::vector<Preset> all = {
      {"softmax", "softmax", "{name: softmax}", "images"},
      {"2nn", "mlp", "{name: mlp, hidden: [200, 200]}", "images"},
      {"lenet5", "lenet5", "{name: lenet5}", "images"},
      {"cnn", "cnn_mcmahan", "{name: cnn_mcmahan}", "images"},
      {"cnn_femnist", "cnn_femnist", "{name: cnn_femnist}", "images"},
      {"autoencoder", "autoencoder", "{name: autoencoder}", "images"},
      {"cnn_niid_bench", "cnn_niid_bench", "{name: cnn_niid_bench}", pixels},
      {"cnn_pfl", "cnn_pfl", "{name: cnn_pfl}", pixels},
      {"resnet8", "resnet8", "{name: resnet8}", pixels},
      {"char_lstm", "char_lstm", "{name: char_lstm}", "text"},
      {"char_gru", "char_gru", "{name: char_gru}", "text"},
      {"word_lstm", "word_lstm", "{name: word_lstm}",
       "{dataset: markov_text, clients: 1, samples: 2000, steps: 10, alphabet: 1000}"},
      {"linear", "linear", "{name: linear}", "{dataset: linear, samples: 1000}"},
      {"factorization_machine", "factorization_machine", "{name: factorization_machine, factors: 8}", clicks},
      {"wide_and_deep", "wide_and_deep", "{name: wide_and_deep}", clicks},
      {"matrix_factorization", "matrix_factorization", "{name: matrix_factorization}", "{dataset: ratings}"},
      {"gcn", "gcn", "{name: gcn}", "{dataset: block_model, clients: 1, samples: 1000, features: 64}"},
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
