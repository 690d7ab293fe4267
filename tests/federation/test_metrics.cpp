// Metrics and losses from the YAML to the record.

#include <cmath>

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const char* kSmall = R"(
data: {dataset: blobs, samples: 900, test_samples: 2300, features: 8, classes: 4, clients: 20, split: {test: 0.2}}
model: {name: softmax}
training: {batch_size: 10, optimizer: {name: sgd, lr: 0.05}}
protocol: {name: synchronous, cohort: 5}
evaluate: {every: 2, per_client: 3, metrics: [top_2, f1, f1_micro, confusion, perplexity]}
stop: {rounds: 4}
)";

std::string mistakes(const std::vector<std::string>& overrides) {
  try {
    play_text(kSmall, overrides);
  } catch (const ConfigError& error) {
    std::string all;
    for (const Problem& problem : error.problems()) all += problem.path + ": " + problem.message + "\n";
    return all;
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

}  // namespace

TEST_CASE("metrics of an evaluation agree with its loss and accuracy, whatever the threads") {
  const Played one = play_text(kSmall, {"execution.executor=inline"});
  REQUIRE(one.memory.evaluations.size() == 3);
  for (const EvaluationRecord& e : one.memory.evaluations) {
    REQUIRE(e.metrics.size() == 4);
    CHECK(e.metrics[0] > e.test_accuracy);
    CHECK(e.metrics[2] == Approx(e.test_accuracy).epsilon(1e-14));
    CHECK(e.metrics[3] == Approx(std::exp(e.test_loss)).epsilon(1e-14));
    REQUIRE(e.confusion.size() == 16);
    double all = 0, right = 0;
    for (std::size_t i = 0; i < 16; ++i) all += e.confusion[i], right += i % 5 == 0 ? e.confusion[i] : 0;
    CHECK(all == 2300);  // three blocks
    CHECK(right / all == Approx(e.test_accuracy).epsilon(1e-14));
  }
  for (const char* threads : {"execution.threads=1", "execution.threads=3"}) {
    CHECK(play_text(kSmall, {threads}).bits() == one.bits());
  }
  // Asking changes nothing else.
  const Played without = play_text(kSmall, {"evaluate.metrics=[]"});
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(without.memory.evaluations[i].metrics.empty());
    CHECK(without.memory.evaluations[i].test_loss == one.memory.evaluations[i].test_loss);
  }
}

TEST_CASE("where answers are not right or wrong there is no accuracy") {
  const std::vector<std::string> regression = {
      "data={dataset: linear, samples: 600, test_samples: 1500, clients: 20, split: {test: 0.2}}",
      "model={name: linear}", "evaluate.metrics=[rmse, mae, r2]", "stop.rounds=12"};
  const Played played = play_text(kSmall, regression);
  REQUIRE(played.memory.evaluations.size() == 7);
  const EvaluationRecord& last = played.memory.evaluations.back();
  CHECK(std::isnan(last.test_accuracy));
  CHECK(last.metrics[0] * last.metrics[0] == Approx(last.test_loss).epsilon(1e-12));
  CHECK(last.metrics[2] > 0.9);
  CHECK(last.test_loss < 0.1 * played.memory.evaluations.front().test_loss);
  for (const double accuracy : last.client_accuracy) CHECK(std::isnan(accuracy));
  for (const double loss : last.client_loss) CHECK(std::isfinite(loss));
  CHECK(std::isnan(played.memory.rounds.back().train_accuracy));
  CHECK(std::isfinite(played.memory.rounds.back().train_loss));
}

TEST_CASE("a survival model is evaluated on one risk set") {
  const std::vector<std::string> survival = {"data={dataset: survival, samples: 1200, test_samples: 2500, clients: 10}",
                                             "model={name: linear, bias: false}",
                                             "evaluate={every: 5, metrics: [c_index]}",
                                             "training.batch_size=full",
                                             "stop.rounds=10",
                                             "training.optimizer.lr=0.5"};
  const Played played = play_text(kSmall, survival);
  const EvaluationRecord& first = played.memory.evaluations.front();
  const EvaluationRecord& last = played.memory.evaluations.back();
  CHECK(first.metrics[0] == 0.5);  // all weights are 0: every pair is a tie
  CHECK(last.metrics[0] > 0.7);
  CHECK(last.test_loss < first.test_loss);
  // With weights of 0 an event at the time of which m subjects are left costs ln m. Nearly all of 2500 subjects at
  // once: share of events * (ln 2500 - 1), up to the few that are left last; blocks of 256 would make it 2.3 smaller.
  CHECK(first.test_loss > 0.5 * (std::log(2500.0) - 1));
  CHECK(std::isnan(last.test_accuracy));
  CHECK(play_text(kSmall, survival).bits() == played.bits());
}

TEST_CASE("binary cross-entropy trains one output, and its area under the curve is recorded") {
  const Played played =
      play_text(kSmall, {"data={dataset: blobs, samples: 900, test_samples: 400, features: 8, classes: 2, clients: 20}",
                         "model={name: mlp, hidden: [8], loss: {name: binary_cross_entropy}}",
                         "evaluate={every: 2, metrics: [auc, f1]}", "training.optimizer={name: adam, lr: 0.02}",
                         "stop.rounds=20"});
  const EvaluationRecord& last = played.memory.evaluations.back();
  CHECK(played.result.weights->size() == 8 * 8 + 8 + 8 + 1);
  CHECK(last.metrics[0] > 0.85);
  CHECK(last.metrics[0] <= 1);
  CHECK(last.test_accuracy > 0.8);
}

TEST_CASE("a metric that cannot be computed is a mistake that says why") {
  CHECK(mistakes({"evaluate.metrics=[auc]"})
            .find("auc needs 2 classes, the data set has 4; f1 takes "
                  "any number") != std::string::npos);
  CHECK(mistakes({"evaluate.metrics=[c_index]"}).find("c_index needs survival times, the data set has none") !=
        std::string::npos);
  CHECK(mistakes({"evaluate.metrics=[f1]", "timing=only"})
            .find("with timing: only there is no model to evaluate; remove them") != std::string::npos);
  CHECK(mistakes({"evaluate.metrics=[f1, f1]"}).find("stands here twice") != std::string::npos);
  CHECK(mistakes({"data.test_samples=0", "evaluate.metrics=[f1]"}) ==
        "evaluate.metrics: the data set blobs has no test samples to evaluate on; remove f1");
}

TEST_CASE("numbers to predict are handed out by iid alone, and fit no classifier's loss") {
  CHECK(mistakes({"data={dataset: linear, clients: 20, partition: {scheme: dirichlet}}", "evaluate.metrics=[]"})
            .find("data.partition.scheme: dirichlet deals by labels, and the data set linear has none; use iid") !=
        std::string::npos);
  CHECK(mistakes({"data={dataset: linear, clients: 20}", "evaluate={}",
                  "model={name: softmax, loss: {name: cross_entropy}}"})
            .find("softmax does not fit the data set linear: needs labels of at least 2 classes, the data set has 0") !=
        std::string::npos);
  CHECK(mistakes({"model={name: softmax, loss: {name: mse}}"})
            .find("softmax does not fit the data set blobs: loss mse needs numbers to predict, the data set has labels "
                  "of 4 classes") != std::string::npos);
}
