#include <memory>

#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/model/count_allocations.h"
#include "tests/model/samples.h"
#include "tests/support/dense_network.h"

using namespace fedtide;

TEST_CASE("the counter of allocations counts") {
#if FEDTIDE_COUNTS_ALLOCATIONS
  Vector<float> grown;
  CHECK(allocations_of([&] { grown.resize(1000); }) == 1);
  std::vector<double> values;
  CHECK(allocations_of([&] { values.resize(10); }) == 1);
  // Eigen's own product takes its packing buffers from the heap: what the models must not do.
  const Matrix<float> a = Matrix<float>::Constant(400, 800, 2), b = Matrix<float>::Constant(800, 64, 3);
  Matrix<float> c(400, 64);
  CHECK(allocations_of([&] { c.noalias() = a * b; }) > 0);
#else
  WARN("allocations are not counted in this build");
#endif
}

TEMPLATE_TEST_CASE("a model's step, gradient and evaluation do not allocate", "", float, double) {
  using T = TestType;
  std::vector<std::unique_ptr<Model<T>>> models;
  DenseNetworkSpec spec;
  models.push_back(std::make_unique<DenseNetwork<T>>(spec, 784, 10));
  spec.hidden = {200, 200};
  models.push_back(std::make_unique<DenseNetwork<T>>(spec, 784, 10));
  spec.activation = DenseNetworkSpec::Activation::tanh;
  models.push_back(std::make_unique<DenseNetwork<T>>(spec, 784, 62));
  models.push_back(std::make_unique<Quadratic<T>>(784, 0.0));
  for (const auto& model : models) {
    Vector<T> w = model->initial_weights(Stream(1, Purpose::model_init));
    Vector<T> g(w.size());
    for (const Index count : {1, 7, 10, 64, 200}) {
      const auto batch = random_batch<T>(784, 10, count, 3);
      const auto workspace = model->make_workspace(count);
      CAPTURE(model->size(), count);
      CHECK(allocations_of([&] { model->step(w.data(), batch, T(-0.01), *workspace); }) == 0);
      CHECK(allocations_of([&] { model->gradient(w.data(), batch, T(-0.01), *workspace, g.data()); }) == 0);
      CHECK(allocations_of([&] { model->evaluate(w.data(), batch, *workspace); }) == 0);
    }
  }
}
