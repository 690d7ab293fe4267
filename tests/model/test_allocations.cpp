#include <memory>

#include "sim/model/losses/cox.h"
#include "sim/model/losses/residual.h"
#include "sim/model/losses/weighted_cross_entropy.h"
#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/model/count_allocations.h"
#include "tests/model/layer_cases.h"
#include "tests/model/sequences.h"
#include "tests/model/sparse.h"
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

TEST_CASE("losses do not allocate once a thread has seen a batch of the size") {
  for (const int kind : {0, 1, 2}) {
    InputShape input{InputShape::Kind::dense, {20}, kind == 0 ? 10 : 0};
    input.targets = kind == 0 ? 0 : 2;
    input.survival = kind == 2;
    NetworkSpec spec;
    spec.head = Init::glorot;
    spec.loss = kind == 0   ? std::make_shared<CrossEntropyFactory>(CrossEntropySpec{0.1, {}})
                : kind == 1 ? huber_loss(1)
                            : std::make_shared<CoxFactory>();
    const Network<float> model(spec, input);
    Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
    for (const Index count : {300, 10}) {
      auto batch = random_batch<float>(20, 10, count, 3);
      batch.targets.setOnes(input.targets, count);
      const auto workspace = model.make_workspace(count);
      const auto step = [&] { model.step(w.data(), batch, -0.01f, *workspace); };
      if (count == 300) step();
      CHECK(allocations_of(step) == 0);
    }
  }
}

TEMPLATE_TEST_CASE("no layer's step, gradient or evaluation allocates", "", float, double) {
  using T = TestType;
  for (const LayerCase& one : layer_cases()) {
    const auto model = classifier_of<T>(one.layers, case_input());
    Vector<T> w = model->initial_weights(Stream(1, Purpose::model_init));
    Vector<T> g(w.size());
    for (const Index count : {1, 7, 100}) {
      const auto batch = case_batch<T>(count);
      const auto workspace = model->make_workspace(count);
      CAPTURE(one.name, count);
      CHECK(allocations_of([&] { model->step(w.data(), batch, T(-0.01), *workspace); }) == 0);
      CHECK(allocations_of([&] { model->gradient(w.data(), batch, T(-0.01), *workspace, g.data()); }) == 0);
      CHECK(allocations_of([&] { model->evaluate(w.data(), batch, *workspace); }) == 0);
    }
  }
}

TEST_CASE("a recurrent network's step, gradient and evaluation do not allocate") {
  const InputShape shape = token_input(6, 9);
  std::vector<SequenceModelFactory> factories;
  factories.emplace_back(EmbeddingSpec{5, 1, 2}, LayerList{lstm(17, true), lstm(4)});
  factories.emplace_back(EmbeddingSpec{5, 1, {}}, LayerList{gru(17), gru(40)});
  factories.emplace_back(tied_of(6, {lstm(6)}));
  for (const SequenceModelFactory& factory : factories) {
    const auto model = factory.make_float(shape);
    Vector<float> w = random_weights<float>(model->size(), 9), g(w.size());
    for (const Index count : {1, 7, 64, 130}) {
      const auto batch = random_tokens<float>(shape, count, 3);
      const auto workspace = model->make_workspace(count);
      CAPTURE(model->size(), count);
      CHECK(allocations_of([&] { model->step(w.data(), batch, -0.01f, *workspace); }) == 0);
      CHECK(allocations_of([&] { model->gradient(w.data(), batch, 1.0f, *workspace, g.data()); }) == 0);
      CHECK(allocations_of([&] { model->evaluate(w.data(), batch, *workspace); }) == 0);
    }
  }
}

TEST_CASE("of sparse rows and graphs a step, gradient and evaluation do not allocate") {
  for (const SparseCase& one : sparse_cases()) {
    const auto model = model_of<float>(one);
    Vector<float> w = random_weights<float>(model->size(), 9), g(w.size());
    for (const Index count : {1, 7, 64, 300}) {
      const auto batch = sparse_batch<float>(one, count);
      const auto workspace = model->make_workspace(count);
      CAPTURE(one.model, one.keys, count);
      CHECK(allocations_of([&] { model->step(w.data(), batch, -0.01f, *workspace); }) == 0);
      CHECK(allocations_of([&] { model->gradient(w.data(), batch, 1.0f, *workspace, g.data()); }) == 0);
      CHECK(allocations_of([&] { model->evaluate(w.data(), batch, *workspace); }) == 0);
    }
  }
}
