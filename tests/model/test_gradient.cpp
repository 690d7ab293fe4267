#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/model/samples.h"
#include "tests/support/dense_network.h"

using namespace fedtide;

namespace {

/// Relative distance of the gradient from central differences, both of the summed loss, in the 2-norm.
double gradient_error(const Model<double>& model, const Batch<double>& batch, const Vector<double>& at) {
  const auto workspace = model.make_workspace(batch.count);
  Vector<double> g(model.size()), differences(model.size()), w = at;
  model.gradient(w.data(), batch, 1.0, *workspace, g.data());
  const double h = 1e-5;
  for (Index i = 0; i < w.size(); ++i) {
    w[i] = at[i] + h;
    const double up = model.evaluate(w.data(), batch, *workspace).loss_sum;
    w[i] = at[i] - h;
    const double down = model.evaluate(w.data(), batch, *workspace).loss_sum;
    w[i] = at[i];
    differences[i] = (up - down) / (2 * h);
  }
  return (g - differences).norm() / g.norm();
}

}  // namespace

TEST_CASE("a network's gradient is the slope of its loss") {
  for (const auto& hidden : std::vector<std::vector<Index>>{{}, {5}, {6, 4}, {3, 2, 5}}) {
    for (const auto activation : {DenseNetworkSpec::Activation::relu, DenseNetworkSpec::Activation::tanh}) {
      for (const bool bias : {true, false}) {
        DenseNetworkSpec spec;
        spec.hidden = hidden;
        spec.activation = activation;
        spec.bias = bias;
        const DenseNetwork<double> model(spec, 7, 4);
        for (const Index count : {1, 2, 9, 70}) {
          CAPTURE(hidden, bias, count);
          const auto batch = random_batch<double>(7, 4, count, 11);
          CHECK(gradient_error(model, batch, random_weights<double>(model.size(), 3, 0.7)) < 1e-7);
        }
      }
    }
  }
}

TEST_CASE("the quadratic's gradient is the slope of its loss") {
  const Quadratic<double> model(6, 0);
  const auto batch = random_batch<double>(6, 2, 5, 1);
  CHECK(gradient_error(model, batch, random_weights<double>(6, 2)) < 1e-8);
}

TEST_CASE("softmax regression of two features and two classes by hand") {
  // W = [[1, 0], [0, 2]], b = [0, 1], x = (ln 2, 1), label 0.
  // z = (ln 2, 3), p0 = 2 / (2 + e^3), loss = -ln p0 = ln(1 + e^3 / 2).
  // dz = (p0 - 1, p1) = (-p1, p1); dW = dz x^T = [[-p1 ln 2, -p1], [p1 ln 2, p1]]; db = dz.
  const DenseNetwork<double> model(DenseNetworkSpec{}, 2, 2);
  Vector<double> w(6);
  w << 1, 0, 0, 2, 0, 1;
  Batch<double> batch;
  batch.reserve(2, 1);
  batch.count = 1;
  batch.dense.col(0) << std::log(2.0), 1.0;
  batch.labels[0] = 0;
  const double p1 = std::exp(3.0) / (2 + std::exp(3.0));
  Vector<double> expected(6);
  expected << -p1 * std::log(2.0), -p1, p1 * std::log(2.0), p1, -p1, p1;

  const auto workspace = model.make_workspace(1);
  Vector<double> g(6);
  const Score score = model.gradient(w.data(), batch, 1.0, *workspace, g.data());
  CHECK(score.loss() == Approx(std::log(1 + std::exp(3.0) / 2)).epsilon(1e-14));
  CHECK(score.correct == 0);
  CHECK((g - expected).norm() < 1e-15);
  batch.labels[0] = 1;
  CHECK(model.evaluate(w.data(), batch, *workspace).correct == 1);
}

TEST_CASE("a hidden unit by hand") {
  // One feature x = 3, one hidden unit, two classes: z1 = 2 x - 1 = 5, a = relu(z1) = 5; z2 = (0, ln(3)/5 a) = (0, ln
  // 3). p = (1/4, 3/4); label 1: loss = ln(4/3), dz2 = (1/4, -1/4); dW2 = dz2 a = (5/4, -5/4); db2 = dz2; da = W2^T dz2
  // = -ln(3)/20; dW1 = da x = -3 ln(3)/20; db1 = -ln(3)/20. With tanh nothing but a and its slope change: not repeated
  // here, the slopes' test covers it.
  DenseNetworkSpec spec;
  spec.hidden = {1};
  const DenseNetwork<double> model(spec, 1, 2);
  const double ln3 = std::log(3.0);
  Vector<double> w(6), expected(6), g(6);
  w << 2, -1, 0, ln3 / 5, 0, 0;
  expected << -3 * ln3 / 20, -ln3 / 20, 1.25, -1.25, 0.25, -0.25;
  Batch<double> batch;
  batch.reserve(1, 1);
  batch.count = 1;
  batch.dense(0, 0) = 3;
  batch.labels[0] = 1;
  const Score score = model.gradient(w.data(), batch, 1.0, *model.make_workspace(1), g.data());
  CHECK(score.loss() == Approx(std::log(4.0 / 3)).epsilon(1e-14));
  CHECK(score.correct == 1);
  CHECK((g - expected).norm() < 1e-15);
}
