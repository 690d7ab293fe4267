#include "tests/support/dense_network.h"

#include <limits>

#include "tests/catch.h"
#include "tests/model/samples.h"

using namespace fedtide;
using Spec = DenseNetworkSpec;

namespace {

Spec two_nn() {
  Spec spec;
  spec.hidden = {200, 200};
  return spec;
}

}  // namespace

TEST_CASE("the 2NN has the size, ranges and cost of McMahan et al.") {
  const DenseNetwork<float> model(two_nn(), 784, 10);
  // 784*200 + 200 + 200*200 + 200 + 200*10 + 10
  CHECK(model.size() == 199210);
  const auto& ranges = model.layout().ranges();
  REQUIRE(ranges.size() == 6);
  CHECK(ranges[0].name == "dense1.weight");
  CHECK(ranges[0].shape == std::vector<Index>{784, 200});
  CHECK(ranges[1].name == "dense1.bias");
  CHECK(ranges[1].offset == 156800);
  CHECK(ranges[4].name == "dense3.weight");
  CHECK(ranges[4].shape == std::vector<Index>{10, 200});
  CHECK(ranges[5].offset + ranges[5].size() == model.size());
  // Multiply-adds: 198,800 forward; twice that backward, less 156,800 for the first layer's input: 439,600 in all.
  CHECK(model.inference_flops() == 397600);
  CHECK(model.training_flops() == 879200);
}

TEST_CASE("without bias there is no range for it") {
  Spec spec = two_nn();
  spec.bias = false;
  const DenseNetwork<float> model(spec, 784, 10);
  CHECK(model.size() == 198800);
  CHECK(model.layout().ranges().size() == 3);
}

TEST_CASE("softmax regression at zero weights has the loss ln(classes)") {
  Spec spec;
  spec.init = Spec::Init::zeros;
  for (const int classes : {2, 10, 62}) {
    const DenseNetwork<double> model(spec, 20, classes);
    const Vector<double> w = model.initial_weights(Stream(1, Purpose::model_init));
    CHECK(w.isZero(0));
    const auto batch = random_batch<double>(20, classes, 100, 8);
    const Score score = model.evaluate(w.data(), batch, *model.make_workspace(100));
    CHECK(score.loss() == Approx(std::log(static_cast<double>(classes))).epsilon(1e-12));
    CHECK(score.count == 100);
    // Equal outputs: the first class wins.
    CHECK(score.correct == static_cast<double>(std::count(batch.labels.begin(), batch.labels.begin() + 100, 0)));
  }
}

TEST_CASE("initial weights fill their range evenly and biases are zero") {
  for (const bool glorot : {true, false}) {
    Spec spec = two_nn();
    spec.init = glorot ? Spec::Init::glorot : Spec::Init::he;
    const DenseNetwork<float> model(spec, 784, 10);
    const Vector<float> w = model.initial_weights(Stream(3, Purpose::model_init));
    const Vector<float> again = model.initial_weights(Stream(3, Purpose::model_init));
    const Vector<float> other = model.initial_weights(Stream(4, Purpose::model_init));
    CHECK(same_bits(w, again));
    CHECK_FALSE(same_bits(w, other));
    for (const WeightRange& range : model.layout().ranges()) {
      const auto part = w.segment(range.offset, range.size()).cast<double>();
      if (range.shape.size() == 1) {
        CHECK(part.isZero(0));
        continue;
      }
      const Index in = range.shape[0] == 10 ? range.shape[1] : range.shape[0];  // a narrow layer is [out, in]
      const double a = std::sqrt(6.0 / static_cast<double>(glorot ? range.shape[0] + range.shape[1] : in));
      CAPTURE(range.name, a);
      const auto n = static_cast<double>(part.size());
      CHECK(part.maxCoeff() < a);
      CHECK(part.maxCoeff() > a * (1 - 20 / n));  // missed with probability (1 - 10/n)^n = e^-10
      CHECK(part.minCoeff() < -a * (1 - 20 / n));
      // The variance of a uniform is a^2 / 3, so the mean's standard error is a / sqrt(3 n); that of the mean square is
      // a^2 sqrt(4 / 45 / n).
      CHECK(std::abs(part.mean()) < 4 * a / std::sqrt(3 * n));
      CHECK(std::abs(part.squaredNorm() / n - a * a / 3) < 4 * a * a * std::sqrt(4.0 / 45 / n));
    }
    for (Index i = 0; i < w.size(); ++i) REQUIRE_FALSE((w[i] == 0 && std::signbit(w[i])));
  }
}

TEST_CASE("float and double start from the same weights and agree on a step") {
  for (const auto activation : {Spec::Activation::relu, Spec::Activation::tanh}) {
    Spec spec;
    spec.hidden = {40, 30};
    spec.activation = activation;
    const DenseNetwork<float> f(spec, 50, 10);
    const DenseNetwork<double> d(spec, 50, 10);
    const Vector<float> wf = f.initial_weights(Stream(1, Purpose::model_init));
    Vector<double> wd = d.initial_weights(Stream(1, Purpose::model_init));
    CHECK(same_bits<float>(wd.cast<float>(), wf));
    wd = wf.cast<double>();
    for (const Index count : {1, 10, 33, 100}) {
      CAPTURE(count);
      Vector<float> gf(f.size());
      Vector<double> gd(d.size());
      const Score sf =
          f.gradient(wf.data(), random_batch<float>(50, 10, count, 6), 1.0f, *f.make_workspace(count), gf.data());
      const Score sd =
          d.gradient(wd.data(), random_batch<double>(50, 10, count, 6), 1.0, *d.make_workspace(count), gd.data());
      CHECK(sf.loss_sum == Approx(sd.loss_sum).epsilon(1e-6));
      CHECK(sf.correct == sd.correct);
      CHECK((gf.cast<double>() - gd).norm() < 3e-6 * gd.norm());
    }
  }
}

TEST_CASE("a batch's score and gradient are the sums over its samples") {
  Spec spec;
  spec.hidden = {12};
  const DenseNetwork<double> model(spec, 9, 5);
  const Vector<double> w = random_weights<double>(model.size(), 1);
  const auto batch = random_batch<double>(9, 5, 150, 2);
  const auto workspace = model.make_workspace(150);
  Vector<double> whole(model.size()), sum = Vector<double>::Zero(model.size()), one(model.size());
  const Score score = model.gradient(w.data(), batch, 0.5, *workspace, whole.data());
  Score single;
  for (Index j = 0; j < 150; ++j) {
    Batch<double> sample;
    sample.reserve(9, 1);
    sample.count = 1;
    sample.dense.col(0) = batch.dense.col(j);
    sample.labels[0] = batch.labels[static_cast<std::size_t>(j)];
    single += model.gradient(w.data(), sample, 0.5, *workspace, one.data());
    sum += one;
  }
  CHECK(score.loss_sum == Approx(single.loss_sum).epsilon(1e-13));
  CHECK(score.correct == single.correct);
  CHECK(score.count == 150);
  CHECK((whole - sum).norm() < 1e-13 * whole.norm());
  const Score evaluated = model.evaluate(w.data(), batch, *workspace);
  CHECK(evaluated.loss_sum == score.loss_sum);
  CHECK(evaluated.correct == score.correct);
}

TEST_CASE("steps on one batch bring its loss down") {
  for (const auto& hidden : std::vector<std::vector<Index>>{{}, {32}}) {
    Spec spec;
    spec.hidden = hidden;
    const DenseNetwork<float> model(spec, 30, 4);
    const auto batch = random_batch<float>(30, 4, 40, 2);
    const auto workspace = model.make_workspace(40);
    Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
    double last = std::numeric_limits<double>::infinity();
    for (int k = 0; k < 20; ++k) {
      const double loss = model.step(w.data(), batch, -0.05f / 40, *workspace).loss();
      CHECK(loss < last);
      last = loss;
    }
  }
}

TEST_CASE("huge outputs have a finite loss, and what is not a number is never correct") {
  Spec spec;
  spec.bias = false;
  const DenseNetwork<float> model(spec, 1, 3);
  Batch<float> batch;
  batch.reserve(1, 2);
  batch.count = 2;
  batch.dense.leftCols(2).setOnes();
  batch.labels = {0, 1};
  const auto workspace = model.make_workspace(2);
  Vector<float> w(3);
  w << 1e4f, -1e4f, 0;
  // Sample 0: loss 0; sample 1: loss 2e4.
  const Score score = model.evaluate(w.data(), batch, *workspace);
  CHECK(score.loss_sum == Approx(2e4));
  CHECK(score.correct == 1);
  w.setConstant(std::numeric_limits<float>::quiet_NaN());
  const Score lost = model.evaluate(w.data(), batch, *workspace);
  CHECK(std::isnan(lost.loss_sum));
  CHECK(lost.correct == 0);
}

TEST_CASE("a hidden layer does not hide what is not a number") {
  Spec spec;
  spec.hidden = {9};
  const DenseNetwork<float> model(spec, 3, 2);
  Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
  w[0] = std::numeric_limits<float>::quiet_NaN();
  for (const Index count : {1, 5}) {
    CHECK(std::isnan(
        model.evaluate(w.data(), random_batch<float>(3, 2, count, 1), *model.make_workspace(count)).loss_sum));
  }
}

TEST_CASE("a workspace of another model, a batch too large or of other features, and a wrong label are refused") {
  const DenseNetwork<float> model(Spec{}, 3, 2), other(Spec{}, 3, 2);
  Vector<float> w = Vector<float>::Zero(model.size());
  const auto batch = random_batch<float>(3, 2, 4, 1);
  CHECK_THROWS(model.step(w.data(), batch, 1.0f, *other.make_workspace(4)));
  CHECK_THROWS(model.step(w.data(), batch, 1.0f, *model.make_workspace(3)));
  CHECK_THROWS(model.step(w.data(), random_batch<float>(4, 2, 4, 1), 1.0f, *model.make_workspace(4)));
  CHECK_THROWS(model.step(w.data(), random_batch<float>(3, 9, 50, 1), 1.0f, *model.make_workspace(50)));
}

TEST_CASE("a network says which data it cannot take") {
  const NetworkFactory factory{Spec{}};
  InputShape shape;
  shape.dims = {1, 28, 28};
  shape.classes = 10;
  CHECK(factory.mismatch(shape).empty());
  CHECK(factory.make_float(shape)->size() == 7850);
  CHECK(factory.make_double(shape)->size() == 7850);
  shape.classes = 1;
  CHECK(factory.mismatch(shape) == "needs labels of at least 2 classes, the data set has 1");
  shape.classes = 10;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {80};
  shape.vocabulary = 90;
  CHECK(factory.mismatch(shape) == "layers[0] flatten: takes an image, got a sequence of 80 tokens out of 90");
  shape.vocabulary = 0;
  CHECK(factory.mismatch(shape) == "needs examples of at least one feature");
}

TEST_CASE("five steps of the 2NN in float32 stay within 3e-5 of those in float64") {
  // Relative L2 of the update, samples normal, learning rate 0.05, batches of 10.
  const DenseNetwork<float> f(two_nn(), 784, 10);
  const DenseNetwork<double> d(two_nn(), 784, 10);
  const Vector<float> start = f.initial_weights(Stream(1, Purpose::model_init));
  Vector<float> wf = start;
  Vector<double> wd = start.cast<double>();
  const auto space_f = f.make_workspace(10);
  const auto space_d = d.make_workspace(10);
  for (std::uint64_t k = 0; k < 5; ++k) {
    f.step(wf.data(), random_batch<float>(784, 10, 10, k), -0.005f, *space_f);
    d.step(wd.data(), random_batch<double>(784, 10, 10, k), -0.005, *space_d);
  }
  const Vector<double> moved = wd - start.cast<double>();
  const double error = (wf.cast<double>() - wd).norm() / moved.norm();
  CAPTURE(error);
  CHECK(error < 3e-5);
  CHECK(error > 0);
}
