// Every registered model learns what its data hold: a table with one row a model, so that a model without a row fails.
// Image models find the bright patch that tells the class of a noise image; models of text come near the entropy of the
// Markov chain that wrote it; the others are trained on the generated data made for them.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "datasets/byte_dataset.h"
#include "datasets/synthetic/markov.h"
#include "sim/base/distributions.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/learn/solver.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

// Sanitizers look at a few steps of each; what is learned is the release build's to show.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kWhole = false;
#else
constexpr bool kWhole = true;
#endif

struct Goal {
  std::string data;   ///< "digits" (1 x 28 x 28), "colors" (3 x 32 x 32), or a `data:` section
  std::string model;  ///< keys beside the name
  std::int64_t epochs;
  double lr;      ///< of Adam
  bool accuracy;  ///< the bound is a least accuracy; else a largest loss
  double bound;
  std::optional<std::int64_t> batch_size = 10;  ///< none: all samples, a graph's edges among them
};

const std::map<std::string, Goal>& goals() {
  static const std::string clicks = "{dataset: clicks, clients: 10, samples: 1000, categories: 10}";
  // Eight tokens: a guess has a loss of ln 8 = 2.08. The chain's entropy is 1.1 to 1.3 nats.
  static const std::string text = "{dataset: markov_text, clients: 1, samples: 400, test_samples: 60}";
  static const std::map<std::string, Goal> all = {
      {"autoencoder", {"digits", "", 3, 0.001, false, 0.11}},
      {"char_gru", {text, "", 2, 0.003, false, 1.6}},
      {"char_lstm", {text, "", 2, 0.003, false, 1.6}},
      {"cnn_femnist", {"digits", "", 1, 0.001, true, 0.95}},
      {"cnn_mcmahan", {"digits", "", 1, 0.001, true, 0.95}},
      {"cnn_niid_bench", {"colors", "", 3, 0.001, true, 0.95}},
      {"cnn_pfl", {"colors", "", 2, 0.001, true, 0.95}},
      {"factorization_machine", {clicks, "factors: 4", 5, 0.005, false, 0.66}},
      {"gcn", {"{dataset: block_model, clients: 10}", "", 100, 0.02, true, 0.9, {}}},
      {"layers",
       {"digits", "layers: [{layer: flatten}, {layer: dense, units: 32}, {layer: relu}, {layer: dense, units: 10}]", 2,
        0.003, true, 0.95}},
      {"lenet5", {"digits", "", 2, 0.002, true, 0.95}},
      {"linear", {"{dataset: linear, samples: 500}", "", 20, 0.05, false, 0.015}},
      {"matrix_factorization", {"{dataset: ratings}", "factors: 4", 20, 0.01, false, 0.4}},
      {"mlp", {"digits", "hidden: [32]", 2, 0.003, true, 0.95}},
      {"quadratic", {"{dataset: quadratic}", "", 50, 0.1, false, 1}},
      {"resnet8", {"colors", "", 3, 0.005, true, 0.95}},
      {"softmax", {"digits", "", 2, 0.003, true, 0.95}},
      {"wide_and_deep", {clicks, "hidden: [32, 16], embedding: 8", 2, 0.002, false, 0.66}},
      {"word_lstm", {text, "", 2, 0.003, false, 1.6}},
  };
  return all;
}

/// Noise of bytes; class c's part of the image is bright.
std::shared_ptr<const Dataset> images(std::vector<Index> dims, std::uint32_t samples, std::uint64_t seed) {
  constexpr int kClasses = 10;
  InputShape shape{InputShape::Kind::dense, std::move(dims), kClasses};
  const auto features = static_cast<std::size_t>(shape.features());
  Stream stream(seed, Purpose::dataset);
  std::vector<std::uint8_t> values(features * samples);
  std::vector<std::int32_t> labels(samples);
  for (std::size_t j = 0; j < samples; ++j) {
    std::uint8_t* image = values.data() + j * features;
    for (std::size_t i = 0; i < features; ++i) image[i] = static_cast<std::uint8_t>(uniform_below(stream, 128));
    labels[j] = static_cast<std::int32_t>(uniform_below(stream, kClasses));
    std::fill_n(image + features / kClasses * static_cast<std::size_t>(labels[j]), features / kClasses / 2, 255);
  }
  return std::make_shared<ByteDataset>(std::move(shape), std::move(values), std::move(labels));
}

DataSource source_of(const std::string& data) {
  const std::vector<Index> dims = data == "digits" ? std::vector<Index>{1, 28, 28} : std::vector<Index>{3, 32, 32};
  DataSource source;
  if (data == "digits" || data == "colors") {
    source.train = images(dims, 400, 1);
    source.test = images(dims, 100, 2);
    return source;
  }
  Problems problems;
  std::unique_ptr<DataLoader> loader;
  read_config(load_yaml_text(data, "goal"), problems, [&](Section& section) {
    section.choose_from<DatasetEntry>("dataset", std::nullopt, "",
                                      [&](const DatasetEntry& e) { loader = e.read(section); });
  });
  REQUIRE(problems.empty());
  return loader->load(1);
}

std::unique_ptr<const Model<float>> model_of(const std::string& name, const std::string& keys,
                                             const InputShape& shape) {
  Problems problems;
  const auto factory = read_config(load_yaml_text("{" + keys + "}", "goal"), problems, [&](Section& section) {
    return Registry<ModelEntry>::instance().at(name).read(section);
  });
  REQUIRE(problems.empty());
  REQUIRE(factory->mismatch(shape) == "");
  return factory->make_float(shape);
}

std::vector<std::uint32_t> rows_of(const Dataset& data) {
  std::vector<std::uint32_t> rows(kWhole ? data.size() : std::min(data.size(), 20u));
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

}  // namespace

TEST_CASE("every registered model learns its data") {
  for (const About& about : Registry<ModelEntry>::instance().list()) {
    INFO(about.name);
    REQUIRE(goals().contains(about.name));
    const Goal& goal = goals().at(about.name);
    const DataSource source = source_of(goal.data);
    const Dataset& test = source.test ? *source.test : *source.train;
    const auto model = model_of(about.name, goal.model, source.train->shape());
    SolverSpec spec;
    spec.optimizer = &adam();
    spec.lr = goal.lr;
    spec.epochs = kWhole ? goal.epochs : 1;
    spec.batch_size = goal.batch_size;
    SolverMemory<float> memory;
    Vector<float> w = model->initial_weights(Stream(1, Purpose::model_init));
    const Score before = evaluate_rows(*model, test, rows_of(test), w, memory);
    local_sgd(*model, ClientData{source.train.get(), rows_of(*source.train)}, spec, 0, Stream(1, Purpose::batches), w,
              memory);
    const Score after = evaluate_rows(*model, test, rows_of(test), w, memory);
    INFO("loss " << before.loss() << " to " << after.loss() << ", accuracy " << before.accuracy() << " to "
                 << after.accuracy());
    REQUIRE(std::isfinite(after.loss()));
    if (!kWhole) continue;
    CHECK(after.loss() < before.loss());
    if (goal.accuracy) {
      CHECK(after.accuracy() >= goal.bound);
    } else {
      CHECK(after.loss() <= goal.bound);
    }
  }
}
