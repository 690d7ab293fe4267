#include "sim/config/schema_recorder.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/model/losses/read.h"
#include "sim/model/model.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

std::unique_ptr<ModelFactory> make(const std::string& name, const std::string& text) {
  Problems problems;
  const Node root = load_yaml_text(text, "exp.yaml");
  return read_config(root, problems, [&](Section& s) { return Registry<ModelEntry>::instance().at(name).read(s); });
}

std::string mistakes(const std::string& text) {
  try {
    make("mlp", text);
  } catch (const ConfigError& error) {
    std::string all;
    for (const Problem& problem : error.problems()) all += problem.path + ": " + problem.message + "\n";
    return all;
  }
  return "";
}

InputShape input_of(int classes, Index targets = 0, bool survival = false) {
  InputShape shape{InputShape::Kind::dense, {6}, classes};
  shape.targets = targets;
  shape.survival = survival;
  return shape;
}

}  // namespace

TEST_CASE("the registered losses are these, and say what they are") {
  std::vector<std::string> names;
  for (const About& about : Registry<LossEntry>::instance().list()) {
    names.push_back(about.name);
    CHECK_FALSE(about.summary.empty());
  }
  CHECK(names == std::vector<std::string>{"auto", "binary_cross_entropy", "cox", "cross_entropy", "huber", "mse"});
}

TEST_CASE("without a loss the data choose it") {
  for (const char* name : {"mlp", "softmax", "linear"}) {
    for (const char* text : {"", "loss: {name: auto}"}) {
      const auto model = make(name, text);
      CHECK(model->make_float(input_of(3))->outputs() == 3);
      CHECK(model->make_float(input_of(3))->counts_correct());
      CHECK(model->make_float(input_of(0, 4))->outputs() == 4);
      CHECK_FALSE(model->make_double(input_of(0, 4))->counts_correct());
      CHECK(model->make_float(input_of(0, 2, true))->outputs() == 1);
      CHECK(model->make_double(input_of(0, 2, true))->couples_losses());
      CHECK(model->mismatch(input_of(0)) == "needs labels, or numbers to predict");
    }
  }
}

TEST_CASE("a loss is the one asked for, with its keys") {
  CHECK(make("mlp", "loss: {name: binary_cross_entropy}")->make_float(input_of(2))->outputs() == 1);
  CHECK(make("mlp", "loss: {name: cross_entropy}")->make_float(input_of(2))->outputs() == 2);
  CHECK(make("mlp", "loss: {name: binary_cross_entropy}")->mismatch(input_of(3)) ==
        "loss binary_cross_entropy needs labels of 2 classes, the data set has 3");
  CHECK(make("mlp", "loss: {name: cross_entropy, class_weights: [1, 2]}")->mismatch(input_of(3)) ==
        "loss.class_weights has 2 weights for 3 classes");
  // Weights of a linear model are 0: both classes have probability 1/2, a residual is -y.
  Batch<double> batch;
  batch.reserve(6, 1);
  batch.count = 1;
  batch.labels[0] = 1;
  batch.targets = Matrix<double>::Constant(1, 1, 3.0);
  const auto loss_of = [&](const std::string& text, const InputShape& input) {
    const auto model = make("linear", text)->make_double(input);
    const Vector<double> w = model->initial_weights(Stream(1, Purpose::model_init));
    return model->evaluate(w.data(), batch, *model->make_workspace(1)).loss_sum;
  };
  const double ln2 = std::log(2.0);
  CHECK(loss_of("", input_of(2)) == Approx(ln2));
  CHECK(loss_of("loss: {name: cross_entropy, class_weights: [1, 3]}", input_of(2)) == Approx(3 * ln2));
  CHECK(loss_of("loss: {name: cross_entropy, label_smoothing: 0.5, class_weights: [1, 3]}", input_of(2)) ==
        Approx((0.25 + 3 * 0.75) * ln2));
  CHECK(loss_of("loss: {name: binary_cross_entropy, positive_weight: 5}", input_of(2)) == Approx(5 * ln2));
  CHECK(loss_of("", input_of(0, 1)) == Approx(9));
  CHECK(loss_of("loss: {name: huber}", input_of(0, 1)) == Approx(2.5));
  CHECK(loss_of("loss: {name: huber, delta: 2}", input_of(0, 1)) == Approx(4));
}

TEST_CASE("what a loss's keys cannot be is a mistake that says what can") {
  CHECK(mistakes("loss: {name: hinge}").find("loss.name: unknown value \"hinge\"") == 0);
  CHECK(mistakes("loss: {name: cross_entropy, label_smoothing: 1}") ==
        "loss.label_smoothing: must be at least 0 and less than 1, got 1\n");
  CHECK(mistakes("loss: {name: cross_entropy, class_weights: [1, 0]}") ==
        "loss.class_weights[1]: must be greater than 0, got 0\n");
  CHECK(mistakes("loss: {name: binary_cross_entropy, positive_weight: 0}") ==
        "loss.positive_weight: must be greater than 0, got 0\n");
  CHECK(mistakes("loss: {name: huber, delta: 0}") == "loss.delta: must be greater than 0, got 0\n");
  CHECK(mistakes("loss: {name: mse, delta: 1}").find("loss.delta: unknown key") == 0);
}
