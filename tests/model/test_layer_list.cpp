#include <nlohmann/json.hpp>

#include "sim/config/json_schema.h"
#include "sim/config/schema_recorder.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/model/layer_entry.h"
#include "sim/model/layers/batch_norm.h"
#include "tests/catch.h"
#include "tests/model/networks.h"

using namespace fedtide;

namespace {

std::unique_ptr<ModelFactory> read_layers_model(Section& s) {
  return Registry<ModelEntry>::instance().at("layers").read(s);
}

std::unique_ptr<ModelFactory> make(const std::string& text, Resolved* resolved = nullptr) {
  Problems problems;
  const Node root = load_yaml_text(text, "exp.yaml");
  return read_config(root, problems, read_layers_model, resolved);
}

std::string mistakes(const std::string& text) {
  try {
    make(text);
  } catch (const ConfigError& error) {
    std::string all;
    for (const Problem& problem : error.problems()) all += (all.empty() ? "" : " | ") + to_string(problem);
    return all;
  }
  return "";
}

const std::string kCnn =
    "layers:\n"
    "  - {layer: conv2d, channels: 32, kernel: 5, padding: same}\n"
    "  - {layer: relu}\n"
    "  - {layer: max_pool}\n"
    "  - {layer: conv2d, channels: 64, kernel: 5, padding: same}\n"
    "  - {layer: relu}\n"
    "  - {layer: max_pool, size: 2, stride: 2}\n"
    "  - {layer: flatten}\n"
    "  - {layer: dense, units: 512}\n"
    "  - {layer: relu}\n"
    "head: {init: he}\n";

const std::string kEverything =
    "layers:\n"
    "  - {layer: batch_norm, handling: static}\n"
    "  - {layer: conv2d, channels: 8, kernel: 3, stride: 2, padding: 1, bias: false, init: glorot}\n"
    "  - {layer: group_norm, groups: 4}\n"
    "  - {layer: gelu}\n"
    "  - layer: residual\n"
    "    layers: [{layer: conv2d, channels: 4, padding: same}, {layer: tanh}]\n"
    "    shortcut: [{layer: conv2d, channels: 4, kernel: 1}]\n"
    "  - {layer: residual, layers: [{layer: residual, layers: [{layer: sigmoid}]}]}\n"
    "  - {layer: dropout, rate: 0.2}\n"
    "  - {layer: average_pool, size: 2}\n"
    "  - {layer: layer_norm}\n"
    "  - {layer: average_pool, size: global}\n";

}  // namespace

TEST_CASE("a list of layers is the preset that is written so, bit for bit") {
  const InputShape input = image_input(1, 28, 28, 10);
  Problems problems;
  const Node root = load_yaml_text("", "exp.yaml");
  const auto preset = read_config(root, problems, [](Section& s) {
                        return Registry<ModelEntry>::instance().at("cnn_mcmahan").read(s);
                      })->make_float(input);
  const auto model = make(kCnn)->make_float(input);
  REQUIRE(model->size() == 1663370);
  Vector<float> w = model->initial_weights(Stream(1, Purpose::model_init)), v = w;
  CHECK(same_bits(preset->initial_weights(Stream(1, Purpose::model_init)), w));
  const auto batch = random_batch<float>(784, 10, 3, 1);
  model->step(w.data(), batch, -0.1F, *model->make_workspace(3));
  preset->step(v.data(), batch, -0.1F, *preset->make_workspace(3));
  CHECK(same_bits(v, w));
}

TEST_CASE("every registered layer can be written") {
  const auto model = make(kEverything)->make_double(image_input(3, 12, 12, 5));
  std::vector<std::string> names;
  for (const WeightRange& range : model->layout().ranges()) names.push_back(range.name);
  CHECK(names == std::vector<std::string>{"batch_norm1.gamma", "batch_norm1.beta", "conv2d1.weight",
                                          "group_norm1.gamma", "group_norm1.beta", "residual1.conv2d1.weight",
                                          "residual1.conv2d1.bias", "residual1.shortcut.conv2d1.weight",
                                          "residual1.shortcut.conv2d1.bias", "layer_norm1.gamma", "layer_norm1.beta",
                                          "dense1.weight", "dense1.bias"});
  auto batch = random_batch<double>(432, 5, 4, 2);
  batch.noise = BatchNoise{Stream(1, Purpose::dropout_mask), 0, 0};
  CHECK(slope_error(*model, batch, random_weights<double>(model->size(), 3)) < 1e-6);
  for (const About& about : Registry<LayerEntry>::instance().list()) {
    CHECK_FALSE(about.summary.empty());
  }
}

TEST_CASE("layers' keys reach the layers") {
  const InputShape input = image_input(1, 8, 8, 2);
  const auto size = [&](const std::string& text) { return make(text)->make_float(input)->size(); };
  CHECK(size("layers: [{layer: conv2d, channels: 3}, {layer: flatten}]") == 30 + (36 * 3 + 1) * 2);
  CHECK(size("layers: [{layer: conv2d, channels: 3, bias: false}, {layer: flatten}]") == 27 + (36 * 3 + 1) * 2);
  CHECK(size("layers: [{layer: conv2d, channels: 3, stride: 2}, {layer: flatten}]") == 30 + (9 * 3 + 1) * 2);
  CHECK(size("layers: [{layer: max_pool, size: 3}, {layer: flatten}]") == (4 + 1) * 2);
  CHECK(size("layers: [{layer: max_pool, size: 3, stride: 1}, {layer: flatten}]") == (36 + 1) * 2);
  CHECK(size("layers: [{layer: average_pool, size: 4, stride: 2}, {layer: flatten}]") == (9 + 1) * 2);
  CHECK(size("{layers: [{layer: flatten}, {layer: dense, units: 5, bias: false}], head: {bias: false}}") ==
        64 * 5 + 10);
  CHECK(size("layers: [{layer: flatten}, {layer: batch_norm, handling: local}]") == 4 * 64 + 130);
  CHECK(make("layers: [{layer: flatten}, {layer: batch_norm, handling: local}]")
            ->make_float(input)
            ->layout()
            .ranges()[0]
            .part == Part::personal);
  CHECK(make("{layers: [{layer: flatten}], loss: {name: cross_entropy}}")->mismatch(input).empty());
}

TEST_CASE("a resolved list of layers builds the same model") {
  for (const std::string& text : {kCnn, kEverything}) {
    Resolved resolved;
    const auto first = make(text, &resolved);
    Resolved again;
    const auto second = make(to_yaml(resolved), &again);
    CHECK(to_yaml(again) == to_yaml(resolved));
    const InputShape input = image_input(1, 12, 12, 5);
    const auto a = first->make_float(input), b = second->make_float(input);
    CHECK(same_bits(a->initial_weights(Stream(1, Purpose::model_init)),
                    b->initial_weights(Stream(1, Purpose::model_init))));
  }
}

TEST_CASE("a mistake in a layer has its place and its number") {
  CHECK(mistakes("layers:\n  - {layer: flatten}\n  - {layer: dense, units: 0}\n") ==
        "exp.yaml:3:27: layers[1].units: must be between 1 and 10000000, got 0");
  CHECK(mistakes("layers: [{layer: convd}]").starts_with("exp.yaml:1:18: layers[0].layer: unknown value \"convd\""));
  CHECK(mistakes("layers: [{layer: relu, units: 3}]").find("layers[0].units: unknown key") != std::string::npos);
  CHECK(mistakes("layers: [{layer: conv2d}]").find("layers[0].channels: missing") != std::string::npos);
  CHECK(mistakes("layers: [{layer: residual}]") == "exp.yaml:1:10: layers[0].layers: there must be at least one layer");
  CHECK(mistakes("layers: [{layer: residual, layers: [{layer: dropout, rate: 1}]}]") ==
        "exp.yaml:1:60: layers[0].layers[0].rate: must be at least 0 and less than 1, got 1");
  CHECK(mistakes("layers: [{layer: average_pool, size: global, stride: 2}]") ==
        "exp.yaml:1:54: layers[0].stride: a global mean has one window; leave it out");
}

TEST_CASE("a shape that does not fit names the layer, counted as it is written") {
  const std::string small =
      "layers: [{layer: relu}, {layer: max_pool, size: 3}, {layer: conv2d, channels: 4, kernel: 5}]";
  for (const Index channels : {1, 3}) {
    CHECK(make(small)->mismatch(image_input(channels, 9, 9, 10)) ==
          "layers[2] conv2d: windows of 5 x 5 do not fit a 3 x 3 x " + std::to_string(channels) +
              " image with padding 0");
  }
  CHECK(make("layers: [{layer: relu}]")->mismatch(image_input(3, 9, 9, 10)) ==
        "layers[1] dense: takes features, got a 9 x 9 x 3 image; put flatten before it");
  CHECK(make("layers: [{layer: residual, layers: [{layer: conv2d, channels: 2, kernel: 10}]}]")
            ->mismatch(image_input(1, 9, 9, 10)) ==
        "layers[0] residual: layers[0] conv2d: windows of 10 x 10 do not fit a 9 x 9 x 1 image with padding 0");
}

TEST_CASE("the schema of a model of layers spells out one level of residuals") {
  const auto schema = json_schema(record_schema([](Section& s) { read_layers_model(s); }), "t");
  const auto& item = schema["properties"]["layers"]["items"];
  CHECK(item["properties"]["layer"]["enum"].size() == Registry<LayerEntry>::instance().list().size());
  CHECK(item["required"].dump() == R"(["layer"])");
  for (const auto& clause : item["allOf"]) {
    if (clause["if"]["properties"]["layer"]["const"] != "residual") continue;
    CHECK(clause["then"]["properties"]["layers"]["type"] == "array");
    CHECK(clause["then"]["properties"]["shortcut"]["items"]["additionalProperties"] == true);
  }
}
