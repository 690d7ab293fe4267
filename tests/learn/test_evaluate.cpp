#include "sim/learn/per_example.h"
#include "tests/catch.h"
#include "tests/learn/toy.h"
#include "tests/model/count_allocations.h"
#include "tests/model/samples.h"

using namespace fedtide;

TEMPLATE_TEST_CASE("an evaluation is the sum over single samples", "", float, double) {
  using T = TestType;
  const ToyDataset data(12, 6, 900);
  const auto model = toy_network<T>(12, 6, {10});
  const Vector<T> w = random_weights<T>(model.size(), 4);
  SolverMemory<T> memory;
  for (const std::uint32_t n : {1u, 255u, 256u, 257u, 900u}) {
    const auto rows = all_rows(n);
    const Score score = evaluate_rows(model, data, rows, w, memory);
    Score sum;
    for (const std::uint32_t row : rows) sum += evaluate_rows(model, data, std::span(&row, 1), w, memory);
    CHECK(score.loss_sum == Approx(sum.loss_sum).epsilon(1e-6));
    CHECK(score.correct == sum.correct);
    CHECK(score.count == n);
  }
  CHECK(evaluate_rows(model, data, {}, w, memory).count == 0);
}

TEST_CASE("an evaluation's bits do not depend on what the memory did before") {
  const ToyDataset data(12, 6, 600);
  const auto model = toy_network<float>(12, 6, {10});
  const Vector<float> w = random_weights<float>(model.size(), 4);
  const auto rows = all_rows(600);
  SolverMemory<float> fresh, used;
  Vector<float> trained = w;
  SolverSpec spec;
  local_sgd(model, ClientData{&data, rows}, spec, 0, batches(), trained, used);
  CHECK(evaluate_rows(model, data, rows, w, fresh).loss_sum == evaluate_rows(model, data, rows, w, used).loss_sum);
}

TEST_CASE("the full gradient is the mean over samples, in pieces too") {
  const ToyDataset data(5, 3, 1300);
  const auto model = toy_network<double>(5, 3, {4});
  const Vector<double> w = random_weights<double>(model.size(), 4);
  for (const std::uint32_t n : {1u, 64u, 65u, 512u, 513u, 1300u}) {
    const auto rows = all_rows(n);
    SolverMemory<double> memory;
    Vector<double> g;
    const Score score = full_gradient(model, ClientData{&data, rows}, w, memory, g);
    Batch<double> batch;
    data.gather(rows, batch);
    Vector<double> expected(model.size());
    const Score whole = model.gradient(w.data(), batch, 1.0 / n, *model.make_workspace(n), expected.data());
    CHECK((g - expected).norm() < 1e-13 * expected.norm());
    CHECK(score.loss_sum == Approx(whole.loss_sum).epsilon(1e-13));
    CHECK(score.count == n);
  }
  SolverMemory<double> memory;
  Vector<double> g;
  CHECK(full_gradient(model, ClientData{&data, {}}, w, memory, g).count == 0);
  CHECK(g == Vector<double>::Zero(model.size()));
}

TEST_CASE("local training takes no memory once it has its own") {
  const ToyDataset data(784, 10, 700);
  const auto rows = all_rows(700);
  struct Zero final : StepHook<float> {
    void add(const Vector<float>& w, float lr, std::int64_t, Vector<float>& step) override { step -= lr * 0.01f * w; }
  } hook;
  for (const bool hooked : {false, true}) {
    for (const std::optional<std::int64_t> batch : std::vector<std::optional<std::int64_t>>{1, 10, 64, 65, {}}) {
      const auto model = toy_network<float>(784, 10, {200, 200});
      SolverSpec spec;
      spec.steps = 20;
      spec.batch_size = batch;
      spec.momentum = hooked ? 0.9 : 0;
      spec.weight_decay = hooked ? 1e-3 : 0;
      Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init)), g;
      SolverMemory<float> memory;
      const auto train = [&] {
        local_sgd<float>(model, ClientData{&data, rows}, spec, 0, batches(), w, memory, hooked ? &hook : nullptr);
      };
      train();
      CHECK(allocations_of(train) == 0);
      evaluate_rows(model, data, rows, w, memory);
      full_gradient(model, ClientData{&data, rows}, w, memory, g);
      CHECK(allocations_of([&] { evaluate_rows(model, data, rows, w, memory); }) == 0);
      CHECK(allocations_of([&] { full_gradient(model, ClientData{&data, rows}, w, memory, g); }) == 0);
    }
  }
}

TEST_CASE("adaptive optimizers, clipping and gradients of single samples take no memory once they have their own") {
  const ToyDataset data(30, 10, 700);
  const auto rows = all_rows(700);
  const auto model = toy_network<float>(30, 10, {40});
  Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
  for (const Optimizer* optimizer : optimizers()) {
    SolverSpec spec;
    spec.optimizer = optimizer;
    spec.clip_norm = spec.clip_value = 1;
    spec.steps = 20;
    SolverMemory<float> memory;
    const auto train = [&] {
      local_sgd<float>(model, ClientData{&data, rows}, spec, 0, batches(), w, memory, nullptr);
    };
    train();
    CHECK(allocations_of(train) == 0);
  }
  SolverMemory<float> memory;
  double sum = 0;
  const auto visit = [&] {
    per_example_gradients(model, data, rows, w, memory,
                          [&](std::size_t, const Vector<float>& g, const Score&) { sum += g.squaredNorm(); });
  };
  visit();
  CHECK(allocations_of(visit) == 0);
  CHECK(sum > 0);
}
