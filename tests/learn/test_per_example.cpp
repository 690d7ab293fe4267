#include "sim/learn/per_example.h"

#include "tests/catch.h"
#include "tests/learn/toy.h"
#include "tests/model/samples.h"

using namespace fedtide;

TEST_CASE("gradients of single samples come in order and their mean is the batch's gradient") {
  const ToyDataset data(7, 3, 90);
  const auto model = toy_network<double>(7, 3, {6});
  const Vector<double> w = random_weights<double>(model.size(), 2);
  const std::vector<std::uint32_t> rows = {8, 3, 77, 41, 3, 0, 60, 12, 89};
  SolverMemory<double> memory;
  Vector<double> sum = Vector<double>::Zero(model.size()), mean;
  Score total;
  std::vector<Vector<double>> each;
  per_example_gradients(model, data, rows, w, memory, [&](std::size_t i, const Vector<double>& g, const Score& score) {
    CHECK(i == each.size());
    each.push_back(g);
    sum += g;
    total += score;
  });
  REQUIRE(each.size() == rows.size());
  const Score whole = full_gradient(model, ClientData{&data, rows}, w, memory, mean);
  CHECK((sum / static_cast<double>(rows.size()) - mean).norm() < 1e-14 * mean.norm());
  CHECK(total.loss_sum == Approx(whole.loss_sum).epsilon(1e-14));
  CHECK(total.correct == whole.correct);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Vector<double> alone;
    full_gradient(model, ClientData{&data, std::span(rows).subspan(i, 1)}, w, memory, alone);
    CHECK(same_bits(each[i], alone));
  }
  CHECK(same_bits(each[1], each[4]));
  CHECK_FALSE(same_bits(each[0], each[1]));
}

namespace {

/// A model whose samples are coupled.
struct Coupled final : Network<float> {
  Coupled() : Network<float>(DenseNetworkSpec{}, InputShape{InputShape::Kind::dense, {4}, 2}) {}
  bool couples_samples() const override { return true; }
};

}  // namespace

TEST_CASE("where samples are coupled none has a gradient of its own") {
  const ToyDataset data(4, 2, 5);
  const Coupled model;
  const auto rows = all_rows(5);
  const Vector<float> w = random_weights<float>(model.size(), 2);
  SolverMemory<float> memory;
  const auto ignore = [](std::size_t, const Vector<float>&, const Score&) {};
  CHECK_THROWS(per_example_gradients(model, data, rows, w, memory, ignore));
}
