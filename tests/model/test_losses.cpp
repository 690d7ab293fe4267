#include "sim/model/losses/binary_cross_entropy.h"
#include "sim/model/losses/cox.h"
#include "sim/model/losses/residual.h"
#include "sim/model/losses/weighted_cross_entropy.h"
#include "tests/catch.h"
#include "tests/model/networks.h"

using namespace fedtide;

namespace {

/// What a loss makes of outputs.
struct Scored {
  Score score;
  std::vector<double> delta;
};

template <class T>
Scored score_of(const Loss<T>& loss, const Shape& outputs, const std::vector<double>& z, const Batch<T>& batch) {
  Vector<T> deltas = Eigen::Map<const Vector<double>>(z.data(), static_cast<Index>(z.size())).cast<T>();
  Pass<T> pass;
  pass.batch = &batch;
  pass.count = batch.count;
  Scored scored;
  scored.score = loss.score(deltas.data(), outputs, pass, T(1), true);
  scored.delta.assign(deltas.begin(), deltas.end());
  Vector<T> scratch = Eigen::Map<const Vector<double>>(z.data(), static_cast<Index>(z.size())).cast<T>();
  CHECK(loss.score(scratch.data(), outputs, pass, T(1), false).loss_sum == scored.score.loss_sum);
  return scored;
}

template <class T>
Batch<T> labeled(std::vector<std::int32_t> labels) {
  Batch<T> batch;
  batch.count = static_cast<Index>(labels.size());
  batch.labels = std::move(labels);
  return batch;
}

template <class T>
Batch<T> with_targets(Index targets, const std::vector<double>& values) {
  Batch<T> batch;
  batch.count = static_cast<Index>(values.size()) / targets;
  batch.targets = Eigen::Map<const Matrix<double>>(values.data(), targets, batch.count).cast<T>();
  return batch;
}

Shape features(Index channels) { return {Shape::Kind::features, channels, 1, 1, 1}; }

void check_near(const std::vector<double>& found, const std::vector<double>& expected, double within = 1e-14) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(within));
}

InputShape labels_of(int classes) { return InputShape{InputShape::Kind::dense, {4}, classes}; }
InputShape targets_of(Index targets, bool survival = false) {
  InputShape shape{InputShape::Kind::dense, {4}};
  shape.targets = targets;
  shape.survival = survival;
  return shape;
}

}  // namespace

TEST_CASE("losses of labels and numbers are PyTorch's") {
  // /usr/bin/python3, torch 1.13, float64. F.cross_entropy(z, y, weight=[1, 2, 0.5], label_smoothing=0.1,
  // reduction='sum') of z = [[0.5, -1, 2], [1.5, 0, -0.5]], y = [0, 2], and its gradient.
  const WeightedCrossEntropy<double> weighted(CrossEntropySpec{0.1, {1, 2, 0.5}});
  Scored found = score_of<double>(weighted, features(3), {0.5, -1, 2, 1.5, 0, -0.5}, labeled<double>({0, 2}));
  CHECK(found.score.loss_sum == Approx(3.0522680551979597).epsilon(1e-14));
  CHECK(found.score.count == 2);
  CHECK(found.score.correct == 0);
  check_near(found.delta, {-0.7551214346576294, -0.026902217174801096, 0.7820236518324304, 0.38380401044380313,
                           0.026409255654216417, -0.4102132660980196});
  // F.binary_cross_entropy_with_logits([0.5, -1, 3], [1, 0, 0], reduction='sum', pos_weight=3)
  const BinaryCrossEntropy<double> binary(BinaryCrossEntropySpec{3});
  found = score_of<double>(binary, features(1), {0.5, -1, 3}, labeled<double>({1, 0, 0}));
  CHECK(found.score.loss_sum == Approx(4.784079991632285).epsilon(1e-14));
  CHECK(found.score.correct == 2);
  check_near(found.delta, {-1.132622006394436, 0.2689414213699951, 0.9525741268224334});
  // F.mse_loss and F.huber_loss(delta=0.75) of z = [[0.5, -1], [3, 2]], y = [[1, -1.5], [0.5, 1]]; PyTorch's mean over
  // all four numbers is that of the two samples, so their sum has twice the loss and the gradient.
  const auto batch = with_targets<double>(2, {1, -1.5, 0.5, 1});
  found = score_of<double>(*mean_squared_error()->make_double(features(2)), features(2), {0.5, -1, 3, 2}, batch);
  CHECK(found.score.loss() == Approx(1.9375).epsilon(1e-15));
  check_near(found.delta, {-0.5, 0.5, 2.5, 1});
  found = score_of<double>(*huber_loss(0.75)->make_double(features(2)), features(2), {0.5, -1, 3, 2}, batch);
  CHECK(found.score.loss() == Approx(0.578125).epsilon(1e-15));
  check_near(found.delta, {-0.25, 0.25, 0.375, 0.375});
  CHECK(found.score.count == 2);
}

TEST_CASE("Cox's partial likelihood of five subjects with a tie, by hand") {
  // Times 1, 2, 2, 3, 4; events at 1, both at 2, and at 4; exp(z) = 1, 2, 3, 4, 5. Sums of the risk sets: 15 at time 1,
  // 14 at time 2 (for each of the two), 5 at time 4.
  // loss = ln 15 - ln 1 + 2 ln 14 - ln 2 - ln 3 + ln 5 - ln 5 = ln(15 * 196 / 6) = ln 490.
  // dz_j = exp(z_j) (sum of 1 / risk set over events up to t_j) - event_j, with 1/15 + 2/14 = 22/105 from time 2 on:
  // 1/15 - 1, 2 * 22/105 - 1, 3 * 22/105 - 1, 4 * 22/105, 5 (22/105 + 1/5) - 1.
  // The subjects stand in the order 4, 2, 1, 5, 3.
  const auto batch = with_targets<double>(2, {3, 0, 2, 1, 1, 1, 4, 1, 2, 1});
  const std::vector<double> z = {std::log(4.0), std::log(2.0), 0, std::log(5.0), std::log(3.0)};
  const Cox<double> cox;
  Scored found = score_of<double>(cox, features(1), z, batch);
  CHECK(found.score.loss_sum == Approx(std::log(490.0)).epsilon(1e-14));
  CHECK(found.score.count == 5);
  check_near(found.delta, {88.0 / 105, -61.0 / 105, -98.0 / 105, 110.0 / 105, -39.0 / 105});
  // A constant added to all outputs changes nothing, though exp would overflow.
  std::vector<double> moved = z;
  for (double& x : moved) x += 1000;
  const Scored same = score_of<double>(cox, features(1), moved, batch);
  CHECK(same.score.loss_sum == Approx(std::log(490.0)).epsilon(1e-12));
  check_near(same.delta, found.delta, 1e-12);
  // Nobody has an event: nothing is learned, nothing is lost.
  const Scored censored = score_of<double>(cox, features(1), {1, 2}, with_targets<double>(2, {1, 0, 2, 0}));
  CHECK(censored.score.loss_sum == 0);
  check_near(censored.delta, {0, 0});
}

TEST_CASE("smoothing without a share and weights of one are plain cross-entropy") {
  const CrossEntropy<double> plain;
  const WeightedCrossEntropy<double> weighted(CrossEntropySpec{0, {1, 1, 1}});
  const auto batch = labeled<double>({2, -1, 0, 1});
  const std::vector<double> z = {0.1, 2, -1, 3, 3, 3, 1000, 0, -1000, 0, 5, 5};
  const Scored one = score_of<double>(plain, features(3), z, batch),
               two = score_of<double>(weighted, features(3), z, batch);
  CHECK(two.score.loss_sum == Approx(one.score.loss_sum).epsilon(1e-14));
  CHECK(two.score.correct == one.score.correct);
  CHECK(two.score.count == 3);
  check_near(two.delta, one.delta);
}

TEST_CASE("binary cross-entropy is cross-entropy of two outputs of which one is 0") {
  const BinaryCrossEntropy<double> binary({});
  const CrossEntropy<double> plain;
  for (const double x : {-800.0, -3.0, 0.0, 0.5, 800.0}) {
    for (const std::int32_t label : {0, 1}) {
      const auto batch = labeled<double>({label});
      const Scored one = score_of<double>(binary, features(1), {x}, batch);
      const Scored two = score_of<double>(plain, features(2), {0, x}, batch);
      CHECK(one.score.loss_sum == Approx(two.score.loss_sum).epsilon(1e-14));
      CHECK(one.score.correct == two.score.correct);
      CHECK(one.delta[0] == Approx(two.delta[1]).margin(1e-15));
    }
  }
  const Scored none = score_of<double>(binary, features(1), {2}, labeled<double>({-1}));
  CHECK(none.score.count == 0);
  CHECK(none.delta[0] == 0);
}

TEST_CASE("every loss's gradient is its slope, and float follows double") {
  struct Case {
    const char* name;
    std::shared_ptr<const LossFactory> loss;
    InputShape input;
  };
  const std::vector<Case> cases = {
      {"smoothed", std::make_shared<CrossEntropyFactory>(CrossEntropySpec{0.2, {}}), labels_of(4)},
      {"weighted", std::make_shared<CrossEntropyFactory>(CrossEntropySpec{0, {1, 2, 3, 0.1}}), labels_of(4)},
      {"binary", std::make_shared<BinaryCrossEntropyFactory>(BinaryCrossEntropySpec{2}), labels_of(2)},
      {"mse", mean_squared_error(), targets_of(3)},
      {"huber", huber_loss(0.5), targets_of(3)},
      {"cox", std::make_shared<CoxFactory>(), targets_of(2, true)}};
  for (const Case& c : cases) {
    for (const Index count : {1, 7, 100}) {
      CAPTURE(c.name, count);
      NetworkSpec spec;
      spec.layers = {parts::dense(5, Init::glorot), parts::tanh()};
      spec.head = Init::glorot;
      spec.loss = c.loss;
      const Network<double> model(spec, c.input);
      const Network<float> single(spec, c.input);
      auto batch = random_batch<double>(4, std::max(c.input.classes, 1), count, 11);
      auto rough = random_batch<float>(4, std::max(c.input.classes, 1), count, 11);
      batch.targets.setZero(c.input.targets, count);
      Stream stream(5, Purpose::dataset);
      for (double& y : batch.targets.reshaped()) y = static_cast<float>(normal(stream));
      if (c.input.survival) {
        for (Index j = 0; j < count; ++j) {
          batch.targets(0, j) = static_cast<double>(uniform_below(stream, 20));  // ties
          batch.targets(1, j) = uniform(stream) < 0.6 ? 1 : 0;
        }
        batch.targets(1, 0) = 1;
      }
      rough.targets = batch.targets.cast<float>();
      const Vector<double> w = random_weights<double>(model.size(), 3, 0.7);
      // The partial likelihood of one subject has no slope.
      if (!(c.input.survival && count == 1)) CHECK(slope_error(model, batch, w) < 1e-6);

      const auto space = model.make_workspace(count);
      const auto rough_space = single.make_workspace(count);
      Vector<double> g(w.size());
      Vector<float> rough_g(w.size()), fused = w.cast<float>();
      const Vector<float> at = fused;
      const Score score = model.gradient(w.data(), batch, 1.0, *space, g.data());
      const Score rough_score = single.gradient(at.data(), rough, 1.0f, *rough_space, rough_g.data());
      CHECK(rough_score.loss_sum == Approx(score.loss_sum).epsilon(1e-4));
      CHECK((rough_g.cast<double>() - g).norm() <= 1e-4 * g.norm() + 1e-6);
      single.step(fused.data(), rough, 1.0f, *rough_space);
      CHECK(same_bits<float>(fused, at + rough_g));
      CHECK(single.couples_samples() == c.input.survival);
      CHECK(single.couples_losses() == c.input.survival);
      CHECK(single.counts_correct() == (c.input.classes > 0));
      CHECK(single.outputs() == (c.input.survival || c.input.classes == 2 ? 1 : c.input.classes + c.input.targets));
    }
  }
}

TEST_CASE("a loss that does not fit its data says why") {
  const CrossEntropyFactory weights(CrossEntropySpec{0, {1, 2}});
  CHECK(weights.mismatch(features(2), labels_of(2)).empty());
  CHECK(weights.mismatch(features(3), labels_of(3)) == "loss.class_weights has 2 weights for 3 classes");
  CHECK(weights.mismatch(features(0), targets_of(1)) == "needs labels of at least 2 classes, the data set has 0");
  const BinaryCrossEntropyFactory binary;
  CHECK(binary.mismatch(features(1), labels_of(2)).empty());
  CHECK(binary.mismatch(features(1), labels_of(10)) ==
        "loss binary_cross_entropy needs labels of 2 classes, the data set has 10");
  CHECK(binary.mismatch(features(2), labels_of(2)) == "loss binary_cross_entropy takes one output, got 2");
  InputShape steps{InputShape::Kind::sequence, {8}, 2, 50, true};
  CHECK(binary.mismatch(features(1), steps) == "has 1 predictions a sample for 8 labels");
  const auto mse = mean_squared_error(), huber = huber_loss(1);
  CHECK(mse->mismatch(features(2), targets_of(2)).empty());
  CHECK(mse->mismatch(features(3), targets_of(2)) == "loss mse takes one output for each of 2 targets, got 3 features");
  CHECK(huber->mismatch(features(0), labels_of(3)) ==
        "loss huber needs numbers to predict, the data set has labels of 3 classes");
  CHECK(mse->mismatch(features(0), InputShape{}) == "loss mse needs numbers to predict, the data set has none");
  CHECK(mse->mismatch(features(2), targets_of(2, true)) ==
        "loss mse predicts numbers, and the data set has survival times, of which some are only bounds; use the loss "
        "cox");
  const CoxFactory cox;
  CHECK(cox.mismatch(features(1), targets_of(2, true)).empty());
  CHECK(cox.mismatch(features(1), targets_of(2)) == "loss cox needs survival times, the data set has none");
  CHECK(cox.mismatch(features(2), targets_of(2, true)) == "loss cox takes one output, got 2 features");
}
