// The ledger's handles: what they come to, in which order, and that nothing outlives those who hold it.

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// Two clients at the points 1 and 5, who go there in one step of rate 1.
struct Two {
  ExperimentConfig config = read_text_experiment(R"(
data: {dataset: quadratic, points: [1, 5]}
model: {name: quadratic}
protocol: {cohort: 2}
training: {batch_size: full, optimizer: {name: sgd, lr: 1}}
stop: {rounds: 1}
)");
  Assembly assembly = assemble(config);
  Memory memory;
  std::atomic<bool> interrupted{false};
  JobPool pool;
  Ledger ledger;

  explicit Two(int threads, LedgerLimits limits = {})
      : pool(Executor::threads, threads), ledger(assembly.learning.get(), &pool, memory, interrupted, limits) {}

  Training training(std::uint32_t client, ModelHandle from) const {
    return {{ClientId{client}, 1, 0, 0}, Turn{0}, std::move(from), Time{1}};
  }
};

float value(const ModelHandle& model) { return (*model->weights)[0]; }

}  // namespace

TEST_CASE("models are trained, mixed, gathered and committed as handles") {
  for (const int threads : {1, 4}) {
    Two two(threads);
    Ledger& ledger = two.ledger;
    const ModelHandle start = ledger.current();
    const ModelHandle a = ledger.train(two.training(0, start)), b = ledger.train(two.training(1, start), 0.5);
    const ModelHandle mixed = ledger.mix({{1, a}, {3, b}}, 4, Version{1});
    // Reports from `mixed` to a sum beside the coming version: their deltas' mean is added to another model.
    const Sum sum = ledger.begin_sum();
    ledger.absorb(two.training(0, mixed), sum);
    ledger.absorb(two.training(1, mixed), sum);
    const ModelHandle gathered = ledger.finish(sum, a, Version{1});
    ledger.commit_mean({mixed, gathered});
    ledger.evaluate({});
    ledger.settle();
    REQUIRE(value(a) == 1.0f);
    REQUIRE(value(b) == 2.5f);        // half the way from 0 to 5
    REQUIRE(value(mixed) == 2.125f);  // (1 + 3 x 2.5) / 4
    REQUIRE(value(gathered) == Approx(1 + (1 - 2.125 + 5 - 2.125) / 2));
    REQUIRE(ledger.current()->number == Version{1});
    REQUIRE(value(ledger.current()) == Approx((2.125 + 1.875) / 2));
    REQUIRE(two.memory.evaluations.front().consensus_distance == Approx(0.125 * 0.125));
    REQUIRE(ledger.accepted_jobs() == 4);
    REQUIRE(sum->mean == nullptr);  // a sum that is empty holds no vector
  }
}

TEST_CASE("the mean of one model is that model") {
  Two two(1);
  const ModelHandle a = two.ledger.train(two.training(1, two.ledger.current()));
  two.ledger.commit_mean({a});
  two.ledger.evaluate({});
  two.ledger.settle();
  REQUIRE(two.ledger.current()->weights == a->weights);
  REQUIRE(std::isnan(two.memory.evaluations.front().consensus_distance));
}

TEST_CASE("a model that nobody holds any more is gone, however long the line") {
  Two two(2, {.window = 4, .lookahead = 8});
  std::vector<std::weak_ptr<const ModelVersion>> all;
  ModelHandle left = two.ledger.current(), right = left;
  for (int round = 0; round < 500; ++round) {
    const ModelHandle a = two.ledger.train(two.training(0, left)), b = two.ledger.train(two.training(1, right));
    left = two.ledger.mix({{1, a}, {1, b}}, 2, Version{0});
    right = two.ledger.mix({{3, a}, {1, b}}, 4, Version{0});
    for (const ModelHandle& each : {a, b, left, right}) all.emplace_back(each);
    two.ledger.pump();
  }
  two.ledger.settle();
  std::size_t alive = 0;
  for (const auto& each : all) alive += each.expired() ? 0 : 1;
  REQUIRE(alive == 2);
  REQUIRE(value(left) == 3.0f);
  REQUIRE(value(right) == 2.0f);
}

TEST_CASE("what is dropped is not computed, whatever was begun") {
  Two two(4);
  ModelHandle model = two.ledger.current();
  for (int i = 0; i < 100; ++i)
    model = two.ledger.mix({{1, two.ledger.train(two.training(0, model))}, {1, model}}, 2, Version{0});
  two.ledger.commit_mean({model, model});
  two.ledger.pump();
  two.ledger.drop();
  REQUIRE(two.ledger.settled());
  REQUIRE_FALSE(model->ready());
}
