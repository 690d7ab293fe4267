#include <limits>

#include "tests/catch.h"
#include "tests/model/layer_cases.h"

using namespace fedtide;
using Handling = BatchNormSpec::Handling;

namespace {

Pass<double> pass_of(Index count, bool training) {
  Pass<double> pass;
  pass.count = count;
  pass.training = training;
  return pass;
}

template <class L, class Spec>
Vector<double> output_of(const Spec& spec, const Shape& in, const Vector<double>& w, const Vector<double>& x,
                         bool training = true) {
  Layout layout;
  const L layer(spec, in, layout, "norm1");
  const Index count = x.size() / in.size();
  Vector<double> y(x.size());
  const auto space = layer.make_space(count);
  layer.forward(w.data(), x.data(), y.data(), space.get(), pass_of(count, training));
  return y;
}

Vector<double> first_weights(const BatchNorm<double>& layer, Index size) {
  Vector<double> w = Vector<double>::Zero(size);
  Stream stream(1, Purpose::model_init);
  layer.initialize(w.data(), stream);
  return w;
}

}  // namespace

TEST_CASE("group normalization by hand") {
  // Two groups of two channels, two pixels. Group 0 has 0, 2, 4, 6: mean 3, variance (9 + 1 + 1 + 9) / 4 = 5; group 1
  // has 1, 1, 1, 5: mean 2, variance (1 + 1 + 1 + 9) / 4 = 3. epsilon 4 and 1 make the roots 3 and 2: but epsilon is
  // one number, so take epsilon 1: roots sqrt 6 and 2.
  const Shape in{Shape::Kind::image, 4, 1, 2, 1};
  Vector<double> w(8), x(8), expected(8);
  w << 1, 10, 1, 2, 0, 0, 100, 0;
  x << 0, 2, 1, 1, 4, 6, 1, 5;
  const double r = std::sqrt(6.0);
  expected << -3 / r, -10 / r, 100 - 0.5, -1, 1 / r, 30 / r, 100 - 0.5, 3;
  CHECK((output_of<GroupNorm<double>>(GroupNormSpec{2, 1}, in, w, x) - expected).norm() < 1e-14);
}

TEST_CASE("layer normalization by hand, at each pixel on its own") {
  // 1, 5: mean 3, variance 4, with epsilon 5 root 3: -2/3, 2/3. 7, 7: 0, 0.
  const Shape in{Shape::Kind::image, 2, 1, 2, 1};
  Vector<double> w(4), x(4), expected(4);
  w << 3, 6, 0, 1;
  x << 1, 5, 7, 7;
  expected << -2, 5, 0, 1;
  CHECK((output_of<LayerNorm<double>>(LayerNormSpec{5}, in, w, x) - expected).norm() < 1e-14);
}

TEST_CASE("batch normalization by hand: over pixels and samples, one channel at a time") {
  // Channel 0 over two samples of two pixels: 0, 2, 4, 6: mean 3, variance 5, with epsilon 4 root 3. Channel 1: all 8.
  const Shape in{Shape::Kind::image, 2, 1, 2, 1};
  Layout layout;
  BatchNormSpec spec;
  spec.epsilon = 4;
  spec.momentum = 0.25;
  const BatchNorm<double> layer(spec, in, layout, "batch_norm1");
  REQUIRE(layout.size() == 8);
  Vector<double> w(8), x(8), y(8), expected(8);
  w << 3, 3, 0, 1, 10, 10, 1, 1;  // gamma, beta, running mean, running variance
  x << 0, 8, 2, 8, 4, 8, 6, 8;
  expected << -3, 1, -1, 1, 1, 1, 3, 1;
  const auto space = layer.make_space(2);
  layer.forward(w.data(), x.data(), y.data(), space.get(), pass_of(2, true));
  CHECK((y - expected).norm() < 1e-14);
  // The running mean goes a quarter of the way from 10 to 3 and to 8; the variance from 1 to 5 * 4 / 3 and to 0.
  // Neither knows the step's scale, which is in dy.
  Vector<double> dy = Vector<double>::Zero(8), dx(8), step = Vector<double>::Zero(8), moved(8);
  layer.backward(w.data(), x.data(), y.data(), dy.data(), dx.data(), step.data(), space.get(), pass_of(2, true));
  moved << 0, 0, 0, 0, -1.75, -0.5, 0.25 * (20.0 / 3 - 1), -0.25;
  CHECK((step - moved).norm() < 1e-14);
  // Evaluation: (x - 10) / sqrt(1 + 4) * 3 + beta.
  layer.forward(w.data(), x.data(), y.data(), space.get(), pass_of(2, false));
  CHECK(y[0] == Approx(-30 / std::sqrt(5.0)).epsilon(1e-14));
  CHECK(y[1] == Approx(1 - 6 / std::sqrt(5.0)).epsilon(1e-14));
}

TEST_CASE("running statistics converge to the data's, however small the learning rate") {
  const auto norm = std::make_shared<BatchNormFactory>(batch_norm_of(Handling::shared));
  const auto model = classifier_of<double>({norm}, image_input(2, 3, 3, 2));
  auto batch = random_batch<double>(18, 2, 40, 1);
  batch.dense.array() = batch.dense.array() * 2 + 7;
  Vector<double> w = model->initial_weights(Stream(1, Purpose::model_init));
  const auto workspace = model->make_workspace(40);
  for (int k = 0; k < 200; ++k) model->step(w.data(), batch, -1e-9, *workspace);
  // After k steps the share of the start is 0.9^k < 1e-9. A plane of the input is a channel: 9 rows of `dense`.
  const auto plane = batch.dense.topRows(9).array();
  const double mean = plane.mean(), variance = (plane - mean).square().sum() / (9 * 40 - 1);
  CHECK(w[4] == Approx(mean).epsilon(1e-8));
  CHECK(w[6] == Approx(variance).epsilon(1e-8));
}

TEST_CASE("the handling of batch normalization says which ranges there are, and whose") {
  const Shape in{Shape::Kind::features, 3, 1, 1, 1};
  const auto parts_of = [&](Handling handling) {
    Layout layout;
    const BatchNorm<double> layer(batch_norm_of(handling), in, layout, "batch_norm1");
    CHECK(layer.couples_samples());
    const Vector<double> w = first_weights(layer, layout.size());
    CHECK(w.head(6) == (Vector<double>(6) << 1, 1, 1, 0, 0, 0).finished());
    if (layout.size() > 6) CHECK(w.tail(6) == (Vector<double>(6) << 0, 0, 0, 1, 1, 1).finished());
    std::vector<Part> all;
    for (const WeightRange& range : layout.ranges()) all.push_back(range.part);
    CHECK(layout.statistics().size() == (handling == Handling::static_batch ? 0 : 2));
    return all;
  };
  CHECK(parts_of(Handling::shared) == std::vector{Part::norm, Part::norm, Part::buffer, Part::buffer});
  CHECK(parts_of(Handling::static_batch) == std::vector{Part::norm, Part::norm});
  CHECK(parts_of(Handling::local) == std::vector{Part::personal, Part::personal, Part::personal, Part::personal});
}

TEST_CASE("static batch normalization evaluates with the batch's own statistics") {
  const Shape in{Shape::Kind::features, 3, 1, 1, 1};
  const Vector<double> x = random_weights<double>(30, 1), w = random_weights<double>(12, 2);
  const BatchNormSpec fixed = batch_norm_of(Handling::static_batch), shared = batch_norm_of(Handling::shared);
  const Vector<double> trained = output_of<BatchNorm<double>>(fixed, in, w, x, true);
  CHECK(output_of<BatchNorm<double>>(fixed, in, w, x, false) == trained);
  CHECK(output_of<BatchNorm<double>>(shared, in, w, x, true) == trained);
  CHECK((output_of<BatchNorm<double>>(shared, in, w.cwiseAbs(), x, false) - trained).norm() > 0.1);
}

TEST_CASE("a batch of one sample has no variance to remember") {
  const auto norm = std::make_shared<BatchNormFactory>(batch_norm_of(Handling::shared));
  const auto model = classifier_of<double>({parts::flatten(), norm}, image_input(1, 2, 1, 2));
  Vector<double> w = model->initial_weights(Stream(1, Purpose::model_init));
  model->step(w.data(), random_batch<double>(2, 2, 1, 1), -0.1, *model->make_workspace(1));
  CHECK(w.allFinite());
  CHECK(w.segment(6, 2) == Vector<double>::Ones(2));
}

TEST_CASE("what normalization cannot take is said") {
  const Shape tokens{Shape::Kind::tokens, 90, 1, 1, 5}, image{Shape::Kind::image, 6, 2, 2, 1};
  CHECK(GroupNormSpec{4, 1e-5}.mismatch(image) == "6 channels cannot be cut into 4 equal groups");
  CHECK(GroupNormSpec{3, 1e-5}.mismatch(image).empty());
  CHECK(GroupNormSpec{}.mismatch(tokens) == "takes an image or features, got a sequence of 5 tokens out of 90");
  CHECK(BatchNormSpec{}.mismatch(tokens) == "takes an image or features, got a sequence of 5 tokens out of 90");
  CHECK(LayerNormSpec{}.mismatch(tokens) == "takes numbers, got a sequence of 5 tokens out of 90");
}
