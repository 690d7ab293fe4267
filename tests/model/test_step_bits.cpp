#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/model/samples.h"
#include "tests/support/dense_network.h"

using namespace fedtide;

namespace {

const std::vector<Index> kCounts = {1, 2, 3, 4, 7, 10, 32, 63, 64, 65, 128, 129, 1000};

template <class T>
void check_same_bits(const Model<T>& model, Index features, Index classes) {
  for (const Index count : kCounts) {
    CAPTURE(count, features, classes, model.size());
    const auto batch = random_batch<T>(features, classes, count, 5);
    const auto workspace = model.make_workspace(count);
    const T scale = static_cast<T>(-0.1 / static_cast<double>(count));
    Vector<T> fused = random_weights<T>(model.size(), 9);
    Vector<T> added = fused;
    Vector<T> buffer(model.size());
    for (int k = 0; k < 3; ++k) {
      const Score one = model.step(fused.data(), batch, scale, *workspace);
      const Score two = model.gradient(added.data(), batch, scale, *workspace, buffer.data());
      added += buffer;
      REQUIRE(one.loss_sum == two.loss_sum);
      REQUIRE(one.correct == two.correct);
      REQUIRE(same_bits(fused, added));
    }
    REQUIRE(fused.allFinite());
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a fused step has the bits of a gradient that is added afterwards", "", float, double) {
  using T = TestType;
  struct Shape {
    Index features;
    std::vector<Index> hidden;
    Index classes;
  };
  const std::vector<Shape> shapes = {
      {1, {}, 2},   {2, {}, 2},     {2, {1}, 2},   {3, {2}, 2},           {5, {3, 4}, 3}, {1, {1, 1}, 2},
      {60, {}, 10}, {17, {33}, 10}, {784, {}, 10}, {784, {200, 200}, 10}, {300, {7}, 62}, {10, {500}, 2}};
  for (const Shape& shape : shapes) {
    for (const bool bias : {true, false}) {
      for (const auto activation : {DenseNetworkSpec::Activation::relu, DenseNetworkSpec::Activation::tanh}) {
        if (shape.features * shape.classes > 5000 && !bias) continue;  // time
        DenseNetworkSpec spec;
        spec.hidden = shape.hidden;
        spec.bias = bias;
        spec.activation = activation;
        check_same_bits(DenseNetwork<T>(spec, shape.features, shape.classes), shape.features, shape.classes);
      }
    }
  }
  check_same_bits(Quadratic<T>(17, 0.5), 17, 2);
}

TEMPLATE_TEST_CASE("a step's bits do not depend on where the weights and the samples lie", "", float, double) {
  using T = TestType;
  for (const auto& [features, hidden] :
       std::vector<std::pair<Index, std::vector<Index>>>{{3, {2}}, {5, {3, 4}}, {60, {}}, {33, {17}}, {100, {50}}}) {
    DenseNetworkSpec spec;
    spec.hidden = hidden;
    const DenseNetwork<T> model(spec, features, 10);
    for (const Index count : {1, 2, 7, 10, 65}) {
      CAPTURE(features, count);
      const Vector<T> start = random_weights<T>(model.size(), 2);
      Vector<T> expected = start;
      const auto batch = random_batch<T>(features, 10, count, 4);
      model.step(expected.data(), batch, T(-0.01), *model.make_workspace(count));
      Vector<T> room(model.size() + 16);
      for (const Index shift : {1, 2, 3, 5, 8}) {
        room.segment(shift, model.size()) = start;
        model.step(room.data() + shift, batch, T(-0.01), *model.make_workspace(count + shift * 20));
        REQUIRE(same_bits<T>(room.segment(shift, model.size()), expected));
      }
    }
  }
}
