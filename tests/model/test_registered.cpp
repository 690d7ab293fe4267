#include "sim/config/schema_recorder.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "tests/catch.h"
#include "tests/support/dense_network.h"

using namespace fedtide;

namespace {

std::unique_ptr<ModelFactory> make(const std::string& name, const std::string& text) {
  Problems problems;
  const Node root = load_yaml_text(text, "exp.yaml");
  return read_config(root, problems, [&](Section& s) { return Registry<ModelEntry>::instance().at(name).read(s); });
}

InputShape images() {
  InputShape shape;
  shape.dims = {1, 28, 28};
  shape.classes = 10;
  return shape;
}

double largest_weight(const std::string& name, const std::string& text) {
  const auto model = make(name, text)->make_double(images());
  return model->initial_weights(Stream(1, Purpose::model_init)).cwiseAbs().maxCoeff();
}

}  // namespace

TEST_CASE("the registered models are these, and say what they are") {
  std::vector<std::string> names;
  for (const About& about : Registry<ModelEntry>::instance().list()) {
    names.push_back(about.name);
    CHECK_FALSE(about.summary.empty());
  }
  CHECK(names == std::vector<std::string>{"autoencoder", "char_gru", "char_lstm", "cnn_femnist", "cnn_mcmahan",
                                          "cnn_niid_bench", "cnn_pfl", "factorization_machine", "gcn", "layers",
                                          "lenet5", "linear", "matrix_factorization", "mlp", "quadratic", "resnet8",
                                          "softmax", "wide_and_deep", "word_lstm"});
}

TEST_CASE("models are built as their keys say") {
  CHECK(make("mlp", "")->make_float(images())->size() == 199210);
  CHECK(make("mlp", "hidden: [30]")->make_float(images())->size() == 784 * 30 + 30 + 300 + 10);
  CHECK(make("mlp", "{hidden: [30], bias: false}")->make_double(images())->size() == 784 * 30 + 300);
  CHECK(make("mlp", "hidden: []")->make_float(images())->size() == 7850);
  CHECK(make("softmax", "")->make_float(images())->size() == 7850);
  CHECK(make("softmax", "bias: false")->make_double(images())->size() == 7840);
  CHECK(make("quadratic", "")->make_float(images())->size() == 784);
  CHECK(make("quadratic", "start: 2")->make_double(images())->initial_weights(Stream(1, Purpose::model_init))[7] == 2);
}

TEST_CASE("first weights are He's for relu, Glorot's for tanh and softmax, unless told") {
  // The largest of a layer of thousands of weights is within 1 % of its bound a (see the test of the initial weights);
  // it is the output layer's, 20 inputs and 10 outputs having the widest bound: sqrt(6/20) or sqrt(6/30), with 200
  // weights within 10 %.
  const double he = std::sqrt(6.0 / 20), glorot = std::sqrt(6.0 / 30);
  CHECK(largest_weight("mlp", "hidden: [20]") == Approx(he).epsilon(0.1));
  CHECK(largest_weight("mlp", "{hidden: [20], activation: tanh}") == Approx(glorot).epsilon(0.1));
  CHECK(largest_weight("mlp", "{hidden: [20], init: glorot}") == Approx(glorot).epsilon(0.1));
  CHECK(largest_weight("mlp", "{hidden: [20], activation: tanh, init: he}") == Approx(he).epsilon(0.1));
  CHECK(largest_weight("softmax", "") == Approx(std::sqrt(6.0 / 794)).epsilon(0.01));
  CHECK(largest_weight("softmax", "init: zeros") == 0);
}

TEST_CASE("a model's activation is the one asked for") {
  const auto relu = make("mlp", "{hidden: [5], activation: relu, init: he}")->make_double(images());
  const auto tanh = make("mlp", "{hidden: [5], activation: tanh, init: he}")->make_double(images());
  const Vector<double> w = relu->initial_weights(Stream(1, Purpose::model_init));
  Batch<double> batch;
  batch.reserve(784, 1);
  batch.count = 1;
  batch.dense.setConstant(0.3);
  CHECK(relu->evaluate(w.data(), batch, *relu->make_workspace(1)).loss_sum !=
        tanh->evaluate(w.data(), batch, *tanh->make_workspace(1)).loss_sum);
}

TEST_CASE("what a model's keys cannot be is a mistake of the config") {
  for (const char* bad :
       {"hidden: [0]", "hidden: 5.5", "activation: sigmoid", "init: zeros", "bias: maybe", "width: 3"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(make("mlp", bad), ConfigError);
  }
  CHECK_THROWS_AS(make("softmax", "init: he"), ConfigError);
  CHECK_THROWS_AS(make("softmax", "hidden: [3]"), ConfigError);
  CHECK_THROWS_AS(make("quadratic", "start: .inf"), ConfigError);
}

TEST_CASE("the quadratic takes data without labels, and no sequences") {
  InputShape shape;
  shape.dims = {7};
  CHECK(make("quadratic", "")->mismatch(shape).empty());
  shape.kind = InputShape::Kind::sequence;
  CHECK(make("quadratic", "")->mismatch(shape) == "needs examples of a fixed number of features (images or tables)");
}

TEST_CASE("every model describes its keys") {
  for (const About& about : Registry<ModelEntry>::instance().list()) {
    const auto read = Registry<ModelEntry>::instance().at(about.name).read;
    const SchemaNode schema = record_schema([&](Section& section) { read(section); });
    CHECK_FALSE(schema.children.empty());
    for (const SchemaNode& node : schema.children) CHECK_FALSE(node.help.empty());
  }
}
