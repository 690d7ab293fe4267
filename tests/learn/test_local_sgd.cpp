#include <algorithm>
#include <set>

#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/learn/toy.h"
#include "tests/model/samples.h"

using namespace fedtide;

namespace {

/// Adds nothing, but makes the solver keep its step in a buffer.
template <class T>
struct NoHook final : StepHook<T> {
  void add(const Vector<T>& w, T, std::int64_t k, Vector<T>& step) override {
    CHECK(k == calls);
    ++calls;
    step += T(0) * w;
  }
  std::int64_t calls = 0;
};

/// Keeps what it is given.
template <class T>
struct Recorder final : StepHook<T> {
  void add(const Vector<T>& w, T lr, std::int64_t, Vector<T>& step) override {
    weights.push_back(w);
    steps.push_back(step);
    rates.push_back(lr);
  }
  std::vector<Vector<T>> weights, steps;
  std::vector<T> rates;
};

/// Passes everything on, and remembers what was asked for.
class SpyDataset final : public Dataset {
 public:
  explicit SpyDataset(const ToyDataset& inner) : inner_(inner) {}
  std::uint32_t size() const override { return inner_.size(); }
  const InputShape& shape() const override { return inner_.shape(); }
  std::span<const std::int32_t> labels() const override { return inner_.labels(); }
  Bytes memory() const override { return inner_.memory(); }
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override {
    asked.emplace_back(rows.begin(), rows.end());
    inner_.gather(rows, batch);
  }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { inner_.gather(rows, batch); }
  mutable std::vector<std::vector<std::uint32_t>> asked;

 private:
  const ToyDataset& inner_;
};

SolverSpec spec_of(std::int64_t epochs, std::optional<std::int64_t> batch, double lr = 0.1) {
  SolverSpec spec;
  spec.epochs = epochs;
  spec.batch_size = batch;
  spec.lr = lr;
  return spec;
}

}  // namespace

TEMPLATE_TEST_CASE("local SGD is SGD run by hand", "", float, double) {
  using T = TestType;
  const ToyDataset data(6, 3, 40);
  const auto model = toy_network<T>(6, 3);
  const std::vector<std::uint32_t> shard = {3, 9, 4, 31, 30, 22, 0, 17, 8, 2, 39, 12, 28};
  const SolverSpec spec = spec_of(3, 5, 0.2);
  Vector<T> w = random_weights<T>(model.size(), 1);
  Vector<T> expected = w;

  std::vector<std::uint32_t> order = shard;
  Stream stream = batches();
  Score score;
  const auto workspace = model.make_workspace(5);
  Vector<T> g(model.size());
  Batch<T> batch;
  for (int epoch = 0; epoch < 3; ++epoch) {
    shuffle(stream, std::span(order));
    for (std::size_t begin = 0; begin < order.size(); begin += 5) {
      const auto rows =
          std::span<const std::uint32_t>(order).subspan(begin, std::min<std::size_t>(5, order.size() - begin));
      data.gather(rows, batch);
      score += model.gradient(expected.data(), batch, static_cast<T>(-0.2 / static_cast<double>(rows.size())),
                              *workspace, g.data());
      expected += g;
    }
  }
  SolverMemory<T> memory;
  const LocalRun run = local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), w, memory);
  CHECK(same_bits(w, expected));
  CHECK(run.score.loss_sum == score.loss_sum);
  CHECK(run.score.correct == score.correct);
  CHECK(run.score.count == 39);
  CHECK(run.work.steps == 9);
  CHECK(run.work.samples == 39);
}

TEST_CASE("an epoch visits every sample once, each in a fresh order of the stream's") {
  const ToyDataset inner(4, 2, 60);
  const SpyDataset data(inner);
  const auto model = toy_network<float>(4, 2);
  const std::vector<std::uint32_t> shard = all_rows(23);
  SolverMemory<float> memory;
  const auto order_of = [&](std::uint32_t turn, std::int64_t epochs) {
    data.asked.clear();
    Vector<float> w = random_weights<float>(model.size(), 1);
    local_sgd(model, ClientData{&data, shard}, spec_of(epochs, 10), 0, batches(turn), w, memory);
    return data.asked;
  };
  const auto asked = order_of(0, 2);
  REQUIRE(asked.size() == 6);
  for (std::size_t k = 0; k < 6; ++k) CHECK(asked[k].size() == (k % 3 == 2 ? 3 : 10));
  std::vector<std::uint32_t> epochs[2];
  for (std::size_t k = 0; k < 6; ++k) epochs[k / 3].insert(epochs[k / 3].end(), asked[k].begin(), asked[k].end());
  CHECK(epochs[0] != epochs[1]);
  for (auto& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    CHECK(epoch == shard);
  }
  CHECK(order_of(0, 2) == asked);
  CHECK(order_of(1, 2) != asked);
}

TEST_CASE("steps in place of epochs go on into the next pass and stop anywhere") {
  const ToyDataset inner(4, 2, 60);
  const SpyDataset data(inner);
  const auto model = toy_network<float>(4, 2);
  const std::vector<std::uint32_t> shard = all_rows(25);
  SolverMemory<float> memory;
  Vector<float> by_steps = random_weights<float>(model.size(), 1), by_epochs = by_steps;
  SolverSpec spec = spec_of(1, 10);
  spec.steps = 5;
  LocalRun run = local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), by_steps, memory);
  REQUIRE(data.asked.size() == 5);
  CHECK(data.asked[2].size() == 5);
  CHECK(data.asked[4].size() == 10);
  CHECK(run.score.count == 45);
  CHECK(run.work.samples == 45);
  // Six steps are two epochs.
  spec.steps = 6;
  by_steps = by_epochs;
  local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), by_steps, memory);
  local_sgd(model, ClientData{&data, shard}, spec_of(2, 10), 0, batches(), by_epochs, memory);
  CHECK(same_bits(by_steps, by_epochs));
}

TEMPLATE_TEST_CASE("the fused path and the hooked one give the same bits", "", float, double) {
  using T = TestType;
  const ToyDataset data(17, 5, 1400);
  const std::vector<std::uint32_t> shard = all_rows(1200);
  for (const auto& hidden : std::vector<std::vector<Index>>{{}, {9}, {30, 20}}) {
    const auto model = toy_network<T>(17, 5, hidden);
    for (const std::int64_t batch : {1, 2, 7, 10, 32, 64, 65, 512, 513, 1000}) {
      CAPTURE(hidden, batch);
      SolverSpec spec = spec_of(1, batch);
      spec.steps = 4;
      SolverMemory<T> memory;
      Vector<T> fused = random_weights<T>(model.size(), 1), hooked = fused;
      NoHook<T> hook;
      const LocalRun one = local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), fused, memory);
      const LocalRun two = local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), hooked, memory, &hook);
      CHECK(same_bits(fused, hooked));
      CHECK(one.score.loss_sum == two.score.loss_sum);
      CHECK(hook.calls == 4);
    }
  }
}

TEST_CASE("a hook sees the weights, the step and the rate, and its addition counts") {
  const ToyDataset data(4, 2, 30);
  const auto model = toy_network<double>(4, 2);
  const std::vector<std::uint32_t> shard = all_rows(30);
  SolverSpec spec = spec_of(1, 10, 0.4);
  spec.lr_decay = 0.5;
  spec.lr_decay_every = 2;
  const Vector<double> start = random_weights<double>(model.size(), 1);
  Vector<double> w = start;
  SolverMemory<double> memory;
  Recorder<double> recorder;
  local_sgd<double>(model, ClientData{&data, shard}, spec, 5, batches(), w, memory, &recorder);
  REQUIRE(recorder.steps.size() == 3);
  CHECK(recorder.rates[0] == Approx(0.1));  // 0.4 * 0.5^floor(5 / 2)
  CHECK(same_bits(recorder.weights[0], start));
  for (std::size_t k = 0; k < 3; ++k) {
    const Vector<double> next = recorder.weights[k] + recorder.steps[k];
    CHECK(same_bits(next, k < 2 ? recorder.weights[k + 1] : w));
  }
  // A pull to the start, added by hand: w <- w + step - lr mu (w - start).
  struct Pull final : StepHook<double> {
    explicit Pull(const Vector<double>& to) : to_(to) {}
    void add(const Vector<double>& at, double lr, std::int64_t, Vector<double>& step) override {
      step -= lr * 2.0 * (at - to_);
    }
    const Vector<double>& to_;
  } pull(start);
  Vector<double> pulled = start, free = start;
  spec.steps = 1;
  local_sgd<double>(model, ClientData{&data, shard}, spec, 0, batches(), pulled, memory, &pull);
  local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), free, memory);
  CHECK(same_bits(pulled, free));  // nothing pulls in the first step
  spec.steps = 20;
  pulled = free = start;
  local_sgd<double>(model, ClientData{&data, shard}, spec, 0, batches(), pulled, memory, &pull);
  local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), free, memory);
  CHECK((pulled - start).norm() < (free - start).norm());
}

TEST_CASE("momentum, Nesterov and weight decay follow their recursions") {
  // One sample e on the quadratic: the gradient is x - e, so a scalar recursion says it all.
  const ToyDataset data(2, 2, 1);
  const double e = static_cast<double>(data.values()(0, 0));
  const Quadratic<double> model(2, 1.5);
  const std::vector<std::uint32_t> shard = {0};
  for (const double momentum : {0.0, 0.9}) {
    for (const bool nesterov : {false, true}) {
      for (const double decay : {0.0, 0.05}) {
        CAPTURE(momentum, nesterov, decay);
        SolverSpec spec = spec_of(25, 1, 0.1);
        spec.momentum = momentum;
        spec.nesterov = nesterov && momentum > 0;
        spec.weight_decay = decay;
        double x = 1.5, v = 0;
        for (int k = 0; k < 25; ++k) {
          const double g = (x - e) + decay * x;
          v = momentum * v - 0.1 * g;
          x += spec.nesterov ? momentum * v - 0.1 * g : v;
        }
        SolverMemory<double> memory;
        for (int again = 0; again < 2; ++again) {  // the velocity starts at 0 in each local training
          Vector<double> w = model.initial_weights(Stream(1, Purpose::model_init));
          local_sgd(model, ClientData{&data, shard}, spec, 0, batches(), w, memory);
          CHECK(w[0] == Approx(x).epsilon(1e-12));
        }
      }
    }
  }
}

TEST_CASE("with the whole shard as one batch local SGD is gradient descent, whatever the stream") {
  const ToyDataset data(3, 2, 700);
  const std::vector<std::uint32_t> shard = all_rows(700);
  const Quadratic<double> model(3, 2.0);
  const Vector<double> mean = data.values().cast<double>().rowwise().mean();
  SolverMemory<double> memory;
  Vector<double> w = model.initial_weights(Stream(1, Purpose::model_init)), other = w;
  const Vector<double> start = w;
  const LocalRun run = local_sgd(model, ClientData{&data, shard}, spec_of(10, std::nullopt), 0, batches(0), w, memory);
  CHECK(run.work.steps == 10);
  CHECK(run.score.count == 7000);
  CHECK((w - (mean + std::pow(0.9, 10) * (start - mean))).norm() < 1e-12);
  local_sgd(model, ClientData{&data, shard}, spec_of(10, 5000), 0, batches(1), other, memory);
  CHECK(same_bits(w, other));
}

TEST_CASE("a client without data leaves the weights as they are") {
  const ToyDataset data(4, 2, 5);
  const auto model = toy_network<float>(4, 2);
  Vector<float> w = random_weights<float>(model.size(), 1);
  const Vector<float> before = w;
  SolverMemory<float> memory;
  const LocalRun run = local_sgd(model, ClientData{&data, {}}, spec_of(2, 10), 0, batches(), w, memory);
  CHECK(run.work.steps == 0);
  CHECK(run.score.count == 0);
  CHECK(same_bits(w, before));
}

TEST_CASE("local training learns what there is to learn, and a memory can change its model") {
  const ToyDataset data(8, 4, 500);
  const std::vector<std::uint32_t> shard = all_rows(400);
  std::vector<std::uint32_t> rest = all_rows(500);
  rest.erase(rest.begin(), rest.begin() + 400);
  SolverMemory<float> memory;
  for (const auto& hidden : std::vector<std::vector<Index>>{{}, {32}, {}}) {
    const auto model = toy_network<float>(8, 4, hidden);
    Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
    const Score before = evaluate_rows(model, data, rest, w, memory);
    const LocalRun run = local_sgd(model, ClientData{&data, shard}, spec_of(20, 10), 0, batches(), w, memory);
    const Score after = evaluate_rows(model, data, rest, w, memory);
    CHECK(run.score.count == 8000);
    CHECK(after.loss() < 0.5 * before.loss());
    CHECK(after.accuracy() > 0.85);
  }
}

TEST_CASE("weights of another size are refused") {
  const ToyDataset data(4, 2, 5);
  const auto model = toy_network<float>(4, 2);
  const auto rows = all_rows(5);
  Vector<float> w = Vector<float>::Zero(model.size() + 1);
  SolverMemory<float> memory;
  CHECK_THROWS(local_sgd(model, ClientData{&data, rows}, spec_of(1, 2), 0, batches(), w, memory));
  CHECK_THROWS(evaluate_rows(model, data, rows, w, memory));
  Vector<float> g;
  CHECK_THROWS(full_gradient(model, ClientData{&data, rows}, w, memory, g));
}
