#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "tests/catch.h"
#include "tests/model/networks.h"

using namespace fedtide;

namespace {

std::unique_ptr<ModelFactory> preset(const std::string& name, const std::string& text = "") {
  Problems problems;
  const Node root = load_yaml_text(text, "exp.yaml");
  return read_config(root, problems, [&](Section& s) { return Registry<ModelEntry>::instance().at(name).read(s); });
}

Index weights(const std::string& name, const InputShape& input) {
  return preset(name)->make_float(input)->layout().size();
}

/// The slope along random directions, against central differences: a preset has too many weights to move each.
double slope_error_along(const Model<double>& model, const Batch<double>& batch, int directions) {
  const auto workspace = model.make_workspace(batch.count);
  const Vector<double> at = model.initial_weights(Stream(3, Purpose::model_init));
  Vector<double> g(model.size()), unused(model.size()), w(model.size());
  model.gradient(at.data(), batch, 1.0, *workspace, g.data());
  for (const WeightRange& range : model.layout().statistics()) g.segment(range.offset, range.size()).setZero();
  double worst = 0;
  for (int k = 0; k < directions; ++k) {
    // Along the gradient itself first, then through random places.
    Vector<double> way = k == 0 ? g : random_weights<double>(model.size(), static_cast<std::uint64_t>(k));
    for (const WeightRange& range : model.layout().statistics()) way.segment(range.offset, range.size()).setZero();
    way /= way.norm();
    const double h = 1e-6;
    w = at + h * way;
    const double up = model.gradient(w.data(), batch, 1.0, *workspace, unused.data()).loss_sum;
    w = at - h * way;
    const double down = model.gradient(w.data(), batch, 1.0, *workspace, unused.data()).loss_sum;
    worst = std::max(worst, std::abs((up - down) / (2 * h) - g.dot(way)) / g.norm());
  }
  return worst;
}

}  // namespace

TEST_CASE("presets have their papers' numbers of weights") {
  CHECK(weights("cnn_mcmahan", image_input(1, 28, 28, 10)) == 1663370);
  CHECK(weights("lenet5", image_input(1, 28, 28, 10)) == 61706);
  CHECK(weights("cnn_femnist", image_input(1, 28, 28, 62)) == 6603710);
  CHECK(weights("cnn_niid_bench", image_input(3, 32, 32, 10)) == 62006);
  CHECK(weights("cnn_niid_bench", image_input(1, 28, 28, 10)) == 44426);
  CHECK(weights("cnn_pfl", image_input(3, 32, 32, 10)) == 1626442);
  CHECK(weights("resnet8", image_input(3, 32, 32, 10)) == 78042);
  CHECK(weights("autoencoder", image_input(1, 28, 28, 10)) == 209968);
}

TEST_CASE("presets' gradients are the slopes of their losses") {
  struct Case {
    const char* name;
    const char* text;
    Index channels, side;
  };
  for (const Case& one : {Case{"cnn_mcmahan", "", 1, 12}, Case{"lenet5", "", 1, 16}, Case{"cnn_femnist", "", 1, 8},
                          Case{"cnn_niid_bench", "", 3, 16}, Case{"cnn_pfl", "", 3, 10}, Case{"resnet8", "", 3, 9},
                          Case{"autoencoder", "hidden: [9, 7, 3]", 1, 5}}) {
    CAPTURE(one.name);
    const auto model = preset(one.name, one.text)->make_double(image_input(one.channels, one.side, one.side, 10));
    auto batch = random_batch<double>(one.channels * one.side * one.side, 10, 3, 4);
    batch.noise = BatchNoise{Stream(8, Purpose::dropout_mask), 0, 0};
    CHECK(slope_error_along(*model, batch, 4) < 1e-6);
  }
}

TEST_CASE("a preset's first weights are bounded as asked for") {
  // The first layer of cnn_pfl has fan-in 27 and fan-out 288, and 864 weights: the largest within 1 % of its bound.
  for (const auto& [text, bound] :
       {std::pair{"", std::sqrt(6.0 / 315)}, {"init: he", std::sqrt(6.0 / 27)}, {"init: lecun", 1 / std::sqrt(27.0)}}) {
    const auto model = preset("cnn_pfl", text)->make_double(image_input(3, 32, 32, 10));
    const Vector<double> w = model->initial_weights(Stream(1, Purpose::model_init));
    CHECK(w.head(864).cwiseAbs().maxCoeff() == Approx(bound).epsilon(0.01));
  }
}

TEST_CASE("an autoencoder's loss is the mean squared error of its input") {
  // With all weights 0 it says 0: the loss of (1, 2, 2) is (1 + 4 + 4) / 3.
  const auto model = preset("autoencoder", "hidden: [2]")->make_double({InputShape::Kind::dense, {3}, 0});
  CHECK(model->size() == 4 * 2 + 3 * 3);
  const Vector<double> w = Vector<double>::Zero(model->size());
  auto batch = random_batch<double>(3, 2, 2, 1);
  batch.dense.col(0) << 1, 2, 2;
  batch.dense.col(1) << 0, 0, 0;
  const Score score = model->evaluate(w.data(), batch, *model->make_workspace(2));
  CHECK(score.loss_sum == Approx(3).epsilon(1e-15));
  CHECK(score.loss() == Approx(1.5).epsilon(1e-15));
  CHECK(score.correct == 0);
}

TEST_CASE("an autoencoder's code has no activation") {
  // One feature, one unit, weights 1: -5 comes back as -5.
  const auto model = preset("autoencoder", "hidden: [1]")->make_double({InputShape::Kind::dense, {1}, 0});
  const Vector<double> w = (Vector<double>(4) << 1, 0, 1, 0).finished();
  auto batch = random_batch<double>(1, 2, 1, 1);
  batch.dense(0, 0) = -5;
  CHECK(model->evaluate(w.data(), batch, *model->make_workspace(1)).loss_sum == 0);
}

TEST_CASE("what a preset cannot be is said, with the layer at fault") {
  CHECK(preset("lenet5")->mismatch(image_input(1, 28, 28, 10)).empty());
  CHECK(preset("lenet5")->mismatch({InputShape::Kind::dense, {784}, 10}) ==
        "layers[0] conv2d: takes an image, got a 784 features");
  CHECK(preset("cnn_pfl")->mismatch(image_input(3, 5, 2, 10)) ==
        "layers[0] conv2d: windows of 3 x 3 do not fit a 5 x 2 x 3 image with padding 0");
  CHECK(preset("autoencoder")->mismatch({InputShape::Kind::sequence, {80}, 90}) != "");
  for (const auto& [name, text] : {std::pair{"resnet8", "groups: 3"},
                                   {"resnet8", "groups: 32"},
                                   {"autoencoder", "hidden: []"},
                                   {"lenet5", "init: zeros"},
                                   {"lenet5", "channels: 3"}}) {
    CAPTURE(name, text);
    CHECK_THROWS_AS(preset(name, text), ConfigError);
  }
}
