#include "sim/model/quadratic.h"

#include "tests/catch.h"
#include "tests/model/samples.h"

using namespace fedtide;

TEST_CASE("gradient descent on the quadratic follows its closed form") {
  // F(x) = mean of 1/2 ||x - e||^2 has the gradient x - m, so x_k = m + (1 - lr)^k (x_0 - m).
  const Quadratic<double> model(5, 2.0);
  const auto batch = random_batch<double>(5, 2, 8, 3);
  const Vector<double> mean = batch.dense.leftCols(8).rowwise().mean();
  const auto workspace = model.make_workspace(8);
  Vector<double> x = model.initial_weights(Stream(1, Purpose::model_init));
  CHECK(x == Vector<double>::Constant(5, 2.0));
  const Vector<double> start = x;
  for (int k = 1; k <= 30; ++k) {
    model.step(x.data(), batch, -0.1 / 8, *workspace);
    const Vector<double> expected = mean + std::pow(0.9, k) * (start - mean);
    REQUIRE((x - expected).norm() < 1e-13);
  }
}

TEST_CASE("the quadratic's loss is half the squared distance") {
  // x = (1, 2); e = (0, 0) and (1, 4): 5/2 + 2 = 4.5.
  const Quadratic<float> model(2, 0);
  Batch<float> batch;
  batch.reserve(2, 2);
  batch.count = 2;
  batch.dense.leftCols(2) << 0, 1, 0, 4;
  Vector<float> x(2), g(2);
  x << 1, 2;
  const Score score = model.gradient(x.data(), batch, 0.5f, *model.make_workspace(2), g.data());
  CHECK(score.loss_sum == 4.5);
  CHECK(score.count == 2);
  CHECK(score.correct == 0);
  CHECK(g[0] == 0.5f);  // 0.5 * (1 + 0)
  CHECK(g[1] == 0.0f);  // 0.5 * (2 - 2)
}

TEST_CASE("the quadratic starts without a negative zero and refuses a batch of other features") {
  const Quadratic<float> model(3, -0.0);
  CHECK_FALSE(std::signbit(model.initial_weights(Stream(1, Purpose::model_init))[0]));
  CHECK_THROWS(
      model.evaluate(Vector<float>::Zero(3).eval().data(), random_batch<float>(4, 2, 2, 1), *model.make_workspace(2)));
}
