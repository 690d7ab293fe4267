// Clients that are evaluated with models of their own, and what part of a model is sent.

#include <cmath>
#include <map>

#include "sim/federation/client_spread.h"
#include "sim/record/metrics_log.h"
#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// softmax on blobs of 4 features in 10 classes or the like; every client is evaluated.
const std::vector<std::string> kAll = {"data.split.test=0.3", "evaluate.per_client=10", "evaluate.every=1"};

Played play_with_words(const std::string& algorithm, std::vector<std::string> words = {}) {
  words.insert(words.end(), kAll.begin(), kAll.end());
  words.push_back("algorithm=" + algorithm);
  return play_text(kOneSecondTurns, words);
}

std::string failure_of(const std::string& algorithm, const std::vector<std::string>& words = {}) {
  try {
    play_with_words(algorithm, words);
  } catch (const Failure& failure) {
    REQUIRE(failure.code() == ExitCode::usage);
    return failure.what();
  }
  return "no failure";
}

}  // namespace

TEST_CASE("a client's score is that of its own model on its own held-out data") {
  // Local only in a world where every client has a turn a round: after n rounds client i's model is n turns of local
  // training, and its score that on its held-out rows.
  const Played p = play_with_words("{name: local}", {"protocol.cohort=10", "stop.rounds=3"});
  ExperimentConfig config = read_text_experiment(
      kOneSecondTurns, {"data.split.test=0.3", "evaluate.per_client=10", "algorithm={name: local}"});
  const Assembly assembly = assemble(config);
  const Learning& l = *assembly.learning;
  SolverMemory<float> memory;
  const EvaluationRecord& last = p.memory.evaluations.back();
  REQUIRE(last.round == 3);
  REQUIRE(last.clients.size() == 10);
  REQUIRE(std::isnan(last.test_accuracy));
  for (std::size_t i = 0; i < last.clients.size(); ++i) {
    Vector<float> w = l.model->initial_weights(Stream(l.seed, Purpose::model_init));
    for (std::uint32_t turn = 0; turn < 3; ++turn) {
      local_sgd(*l.model, {l.train.get(), l.train_shards.of(last.clients[i])}, l.solver, turn,
                Stream(l.seed, Purpose::batches, last.clients[i], Turn{turn}), w, memory);
    }
    const Score score = evaluate_rows(*l.model, *l.local, l.local_shards.of(last.clients[i]), w, memory);
    REQUIRE(last.client_loss[i] == score.loss());
    REQUIRE(last.client_accuracy[i] == score.accuracy());
  }
}

TEST_CASE("a client without a turn has the global model") {
  const Played own = play_with_words("{name: ditto}", {"protocol.cohort=1", "stop.rounds=1"});
  const Played global = play_with_words("{name: fedavg}", {"protocol.cohort=1", "stop.rounds=1"});
  const EvaluationRecord &a = own.memory.evaluations.back(), &b = global.memory.evaluations.back();
  REQUIRE(a.clients == b.clients);
  REQUIRE(a.test_loss == b.test_loss);
  int different = 0;
  for (std::size_t i = 0; i < a.clients.size(); ++i) different += a.client_loss[i] != b.client_loss[i];
  REQUIRE(different == 1);
}

TEST_CASE("APFL with alpha = 0 has FedAvg's scores for every client") {
  const Played own = play_with_words("{name: apfl, alpha: 0}"), global = play_with_words("{name: fedavg}");
  REQUIRE(own.bits() == global.bits());
}

TEST_CASE("an evaluation's fine-tuning leaves no trace in the run") {
  const Played tuned = play_with_words("{name: fine_tuning, personal_epochs: 5}");
  const Played plain = play_with_words("{name: fedavg}");
  REQUIRE((tuned.result.weights->array() == plain.result.weights->array()).all());
  REQUIRE(tuned.memory.rounds.back().committed == plain.memory.rounds.back().committed);
  REQUIRE(spread_of(tuned.memory.evaluations.back().client_loss).mean <
          spread_of(plain.memory.evaluations.back().client_loss).mean);
}

TEST_CASE("what stays at the clients is not sent") {
  // mlp on 4 features: 4 x 16 + 16 weights below, 16 c + c in the classifier.
  const std::vector<std::string> mlp = {"model={name: mlp, hidden: [16]}"};
  const auto down = [&](const std::string& algorithm) {
    const RoundRecord round = play_with_words(algorithm, mlp).memory.rounds.back();
    REQUIRE(round.total_bytes_down == round.total_bytes_up);
    return round.total_bytes_down / (8 * 4 * 4);  // rounds, clients, bytes of a weight
  };
  const std::int64_t d = down("{name: fedavg}");
  REQUIRE(down("{name: ditto}") == d);
  REQUIRE(down("{name: fedper}") == 80);
  REQUIRE(down("{name: lg_fedavg}") == d - 80);
  REQUIRE(down("{name: local}") == 0);
}

TEST_CASE("IFCA sends all models down and one up") {
  const RoundRecord avg = play_with_words("{name: fedavg}").memory.rounds.back();
  const RoundRecord ifca = play_with_words("{name: ifca, clusters: 3}").memory.rounds.back();
  REQUIRE(ifca.total_bytes_down == 3 * avg.total_bytes_down);
  REQUIRE(ifca.total_bytes_up == avg.total_bytes_up + 8 * 4 * 4);  // and which one it is
}

TEST_CASE("the personal training takes its time") {
  const auto seconds = [](const std::string& algorithm) {
    return play_with_words(algorithm).memory.rounds.back().spent.compute_s;
  };
  const double plain = seconds("{name: fedavg}");
  const auto times = [&](double factor) { return Approx(factor * plain).epsilon(1e-6); };
  REQUIRE(seconds("{name: local}") == times(1));
  REQUIRE(seconds("{name: fine_tuning, personal_epochs: 9}") == times(1));
  REQUIRE(seconds("{name: ditto}") == times(2));
  REQUIRE(seconds("{name: ditto, personal_epochs: 5}") == times(6));
  REQUIRE(seconds("{name: apfl}") == times(2));
  REQUIRE(seconds("{name: fedrep, head_epochs: 4}") == times(5));
  REQUIRE(seconds("{name: pfedme, inner_steps: 7}") == times(7));
  REQUIRE(seconds("{name: per_fedavg}") == times(2));
  REQUIRE(seconds("{name: per_fedavg, variant: hessian_free}") == times(4));
}

TEST_CASE("without a model for everybody nothing is asked of one") {
  REQUIRE(failure_of("{name: local}", {"stop.accuracy=0.9"}) ==
          "stop.accuracy: local has no model that is everybody's, so its accuracy is never known; stop by rounds, time "
          "or bytes");
  REQUIRE(failure_of("{name: ifca}", {"evaluate.metrics=[auc]", "data.classes=2"}) ==
          "evaluate.metrics: ifca has no model that is everybody's, to evaluate on the test set; remove auc and set "
          "evaluate.per_client");
  REQUIRE(failure_of("{name: fedper}", {"data.unseen_clients=2", "protocol.cohort=4", "evaluate.per_client=5"}) ==
          "data.unseen_clients: fedper has no model that is everybody's, for clients that never take part; remove it "
          "and set evaluate.per_client");
  REQUIRE(failure_of("{name: fedper, personal_layers: 4}") ==
          "algorithm: fedper does not work with the model softmax: personal_layers is 4 and the model has 1 layers "
          "with weights; set algorithm.personal_layers to at most that");
}

TEST_CASE("the spread of scores over clients, by hand") {
  // 0.2 0.4 0.6 0.8: squares sum to 1.2, the differences of ordered pairs to 4.
  const ClientSpread s = spread_of(std::vector<double>{0.6, 0.2, kMissing, 0.8, 0.4});
  REQUIRE(s.mean == Approx(0.5));
  REQUIRE(s.variance == Approx(0.05));
  REQUIRE(s.worst_decile == 0.2);
  REQUIRE(s.gini == Approx(4 / (2 * 16 * 0.5)));
  REQUIRE(s.jain == Approx(4 / (4 * 1.2)));

  std::vector<double> twenty;
  for (int i = 20; i > 0; --i) twenty.push_back(i);
  REQUIRE(spread_of(twenty).worst_decile == 1.5);

  const ClientSpread nothing = spread_of(std::vector<double>{0, 0});
  REQUIRE(nothing.gini == 0);
  REQUIRE(nothing.jain == 1);
  REQUIRE(std::isnan(spread_of(std::vector<double>{kMissing}).jain));
}

TEST_CASE("metrics.jsonl has the spread where clients were evaluated, and only there") {
  EvaluationRecord evaluation;
  evaluation.clients = {ClientId{4}, ClientId{1}};
  evaluation.client_accuracy = {0.25, 0.75};
  evaluation.client_loss = {2, 1};
  const std::string line = metrics_line({}, evaluation, {}, {});
  for (const char* part : {"\"client_accuracy_mean\": 0.5", "\"client_accuracy_variance\": 0.0625",
                           "\"client_accuracy_worst_decile\": 0.25", "\"client_accuracy_gini\": 0.25",
                           "\"client_accuracy_jain\": 0.8", "\"client_loss_mean\": 1.5"}) {
    INFO(line);
    REQUIRE(line.find(part) != std::string::npos);
  }
  evaluation.clients.clear();
  REQUIRE(metrics_line({}, evaluation, {}, {}).find("client_") == std::string::npos);
}
