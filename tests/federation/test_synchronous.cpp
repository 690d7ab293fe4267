#include <cmath>

#include "sim/federation/synchronous.h"
#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

// Ten clients with 10 samples each; a turn takes exactly 1 s: nothing but latency counts.
const char* kCalm = R"(
data: {dataset: blobs, samples: 100, test_samples: 50, features: 4, clients: 10}
model: {name: softmax}
protocol: {cohort: 4}
fleet:
  device: {compute: 1000 TFLOP/s}
  link: {down: 1000 Gbit/s, up: 1000 Gbit/s, latency: 500 ms}
stop: {rounds: 5}
)";

}  // namespace

TEST_CASE("S = ceil(over_selection K), and 1.1 x 100 is 110") {
  SynchronousRule rule;
  rule.cohort = 100;
  rule.over_selection = 1.1;
  REQUIRE(rule.selected() == 110);
  rule.over_selection = 1.3;
  REQUIRE(rule.selected() == 130);
  rule.cohort = 50;
  rule.over_selection = 1.01;
  REQUIRE(rule.selected() == 51);
}

TEST_CASE("a calm round takes one turn, and everyone who is selected reports") {
  const Played p = play_text(kCalm);
  REQUIRE(p.memory.rounds.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const RoundRecord& r = p.memory.rounds[i];
    REQUIRE(r.round == static_cast<std::int64_t>(i) + 1);
    REQUIRE(r.dispatched == 4);
    REQUIRE(r.outcomes[0] == 4);
    REQUIRE(r.committed.seconds() == Approx(static_cast<double>(i) + 1).epsilon(1e-6));
    REQUIRE(r.wasted.bytes_down == 0);
    REQUIRE(r.trained_samples == 40);  // 4 clients x 10 samples x 1 epoch
    // softmax of 4 features and the classes of blobs: both ways the same number of bytes for each of 4 clients.
    REQUIRE(r.spent.bytes_down == r.spent.bytes_up);
    REQUIRE(r.total_bytes_down == r.round * r.spent.bytes_down);
  }
  REQUIRE(p.result.stopped.text == "reached 5 rounds");
}

TEST_CASE("what is over-selected is stopped, not trained, and booked as waste") {
  const Played p = play_text(kStormy);
  std::int64_t dispatched = 0;
  for (const RoundRecord& r : p.memory.rounds) {
    std::int64_t ended = 0;
    for (const std::int64_t count : r.outcomes) ended += count;
    REQUIRE(ended == r.dispatched);
    REQUIRE(r.outcomes[0] <= 10);
    REQUIRE(r.wasted.bytes_down <= r.spent.bytes_down);
    dispatched += r.dispatched;
  }
  REQUIRE(dispatched == static_cast<std::int64_t>(p.memory.turns.size()));
  REQUIRE(p.outcomes(Outcome::surplus) > 0);
  // Trainings computed = reports taken in; evaluations: 1 test block and 1 block of clients for each of 5.
  REQUIRE(static_cast<std::int64_t>(p.result.accepted_jobs) == p.outcomes(Outcome::reported));
  REQUIRE(p.result.computed_jobs == p.result.accepted_jobs + 2 * p.memory.evaluations.size());
}

TEST_CASE("spent bytes are the sum over turns, and each turn's are what its phase allows") {
  const Played p = play_text(kStormy);
  Spending rounds;
  Spending turns;
  for (const RoundRecord& r : p.memory.rounds) rounds += r.spent;
  for (const ClientTrace& t : p.memory.turns) {
    turns += t.spent;
    if (t.phase == ClientPhase::download) REQUIRE(t.spent.compute_s == 0);
    if (t.phase != ClientPhase::done && t.phase != ClientPhase::upload) REQUIRE(t.spent.bytes_up == 0);
    if (t.outcome == Outcome::reported) REQUIRE(t.phase == ClientPhase::done);
  }
  REQUIRE(rounds.bytes_down == turns.bytes_down);
  REQUIRE(rounds.bytes_up == turns.bytes_up);
  REQUIRE(rounds.compute_s == Approx(turns.compute_s));
}

TEST_CASE("a client is never in two places, and time never goes back") {
  const Played p = play_text(kStormy);
  std::vector<Time> free_at(60);
  Time last{0};
  for (const ClientTrace& t : p.memory.turns) {
    REQUIRE(t.dispatched >= free_at[raw(t.client)]);
    REQUIRE(t.ended >= t.dispatched);
    free_at[raw(t.client)] = t.ended;
  }
  for (const RoundRecord& r : p.memory.rounds) {
    REQUIRE(r.committed >= r.started);
    REQUIRE(r.started >= last);
    last = r.committed;
  }
}

TEST_CASE("a deadline commits with what has come, when that is enough") {
  // Everyone needs 1 s. With a deadline of exactly 1 s, reports on the dot count.
  const Played on_the_dot = play_text(kCalm, {"protocol.deadline=1.01 s", "fleet.device.compute=1000 TFLOP/s"});
  REQUIRE(on_the_dot.outcomes(Outcome::reported) == 20);
  // With a shorter one nobody makes it: each round is abandoned, and after `give_up` of them the run ends.
  const Played none = play_text(kCalm, {"protocol.deadline=0.9 s", "protocol.give_up=3"});
  REQUIRE(none.memory.rounds.empty());
  REQUIRE(none.result.stopped.kind == StopReason::Kind::gave_up);
  REQUIRE(none.result.stopped.text ==
          "gave up after 3 rounds or selections in a row that failed; the last one had 0 of the 1 reports it needs");
  REQUIRE(none.outcomes(Outcome::deadline) == 12);
  REQUIRE(none.result.accepted_jobs == 0);
}

TEST_CASE("a round without enough reports is abandoned and its reports are not computed") {
  const Played p = play_text(kCalm, {"fleet.dropout.probability=0.7", "protocol.minimum_reports=3", "stop.rounds=3"});
  std::int64_t abandoned = 0;
  for (const RoundRecord& r : p.memory.rounds) {
    abandoned += r.abandoned_rounds;
    REQUIRE(r.outcomes[0] >= 3);
  }
  REQUIRE(abandoned > 0);
  REQUIRE(p.outcomes(Outcome::abandoned) > 0);
  REQUIRE(static_cast<std::int64_t>(p.result.accepted_jobs) == p.outcomes(Outcome::reported));
}

TEST_CASE("all clients gone for ever: the run gives up instead of looping") {
  const Played p =
      play_text(kCalm, {"fleet.availability={model: on_off, on: 1 ms, off: 1000 d}", "protocol.give_up=50"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::gave_up);
}

TEST_CASE("runs stop by virtual time, by bytes, and by accuracy") {
  const Played time = play_text(kCalm, {"stop={time: 2.5 s}"});
  REQUIRE(time.result.stopped.text == "reached 2.5 s of virtual time");
  REQUIRE(time.memory.rounds.size() == 2);
  REQUIRE(time.result.ended.seconds() == 2.5);
  REQUIRE(time.outcomes(Outcome::abandoned) == 4);  // the third round's

  const std::int64_t round_bytes = time.memory.rounds[0].total_bytes_down + time.memory.rounds[0].total_bytes_up;
  const Played bytes = play_text(kCalm, {fmt::format("stop={{bytes: {} B}}", 3 * round_bytes)});
  REQUIRE(bytes.memory.rounds.size() == 3);
  REQUIRE(bytes.result.stopped.kind == StopReason::Kind::bytes);

  const Played accuracy = play_text(kCalm, {"stop={accuracy: 0.5, rounds: 1000}", "data.spread=0.5", "data.classes=3"});
  REQUIRE(accuracy.result.stopped.kind == StopReason::Kind::accuracy);
  REQUIRE(accuracy.memory.evaluations.back().test_accuracy >= 0.5);
  for (std::size_t i = 0; i + 1 < accuracy.memory.evaluations.size(); ++i) {
    REQUIRE(accuracy.memory.evaluations[i].test_accuracy < 0.5);
  }
}

TEST_CASE("the initial and the last model are evaluated, and every so many between") {
  const Played p = play_text(kCalm, {"evaluate.every=2"});
  std::vector<std::int64_t> rounds;
  for (const EvaluationRecord& e : p.memory.evaluations) rounds.push_back(e.round);
  REQUIRE(rounds == std::vector<std::int64_t>{0, 2, 4, 5});
}

TEST_CASE("a learning rate that is far too high is named with round and client") {
  const Played p = play_text(kCalm, {"training.optimizer.lr=1e30", "model={name: mlp, hidden: [8]}"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::diverged);
  REQUIRE_THAT(p.result.stopped.text, Catch::Contains("diverged: the update of client ") &&
                                          Catch::Contains("is not finite; a lower training.optimizer.lr may help"));
}

TEST_CASE("an interrupted run shows the model of its last recorded round") {
  /// Interrupts at a round's record, as a signal might.
  struct Interrupter final : Observer {
    std::atomic<bool> interrupted{false};
    std::int64_t rounds = 0;
    void on_evaluation(const EvaluationRecord&) override {}
    void on_round(const RoundRecord& record) override {
      rounds = record.round;
      interrupted = record.round == 3;
    }
    void on_trace(const ClientTrace&) override {}
  };
  const Played whole = play_text(kStormy, {"stop.rounds=3"});
  for (const std::string executor : {"inline", "tbb"}) {
    ExperimentConfig config = read_text_experiment(kStormy, {"stop.rounds=100", "execution.executor=" + executor});
    Assembly assembly = assemble(config);
    Interrupter observer;
    const PlayResult result = play(config, assembly, observer, observer.interrupted);
    REQUIRE(result.stopped.kind == StopReason::Kind::interrupted);
    REQUIRE(observer.rounds == 3);
    REQUIRE(result.version == 3);
    REQUIRE(*result.weights == *whole.result.weights);
  }
}

TEST_CASE("zero rounds is a run: it evaluates the initial model") {
  const Played p = play_text(kCalm, {"stop.rounds=0"});
  REQUIRE(p.memory.evaluations.size() == 1);
  REQUIRE(p.memory.rounds.empty());
}

TEST_CASE("centralized training passes over all data in one place, without bytes") {
  const Played p = play_text(kCalm, {"algorithm.name=centralized"});
  REQUIRE(p.memory.rounds.size() == 5);
  REQUIRE(p.memory.rounds[0].trained_samples == 100);
  REQUIRE(p.memory.rounds[0].dispatched == 1);
  REQUIRE(p.memory.rounds[4].total_bytes_down == 0);
}

TEST_CASE("rounds of hardly any length are rounds like others") {
  const std::vector<std::string> instant = {"fleet.device.compute=1e30 FLOP/s",
                                            "fleet.link={down: 1e30 bit/s, up: 1e30 bit/s, latency: 0 s}"};
  const Played p = play_text(kCalm, instant);
  REQUIRE(p.memory.rounds.size() == 5);
  REQUIRE(p.memory.evaluations.size() == 6);
  REQUIRE(p.result.ended == Time{5});  // a turn takes at least a nanosecond, so that time gets anywhere
}

TEST_CASE("reports beyond the end of time never come") {
  const Played p = play_text(kCalm, {"fleet.link={down: 1 bit/s, up: 0.00000001 bit/s, latency: 100000 d}"});
  REQUIRE(p.memory.rounds.empty());
  REQUIRE(p.result.stopped.text == "gave up: virtual time ran out after 292 years");
}

TEST_CASE("a deadline on the dot of the end of time is in time") {
  const Played p =
      play_text(kCalm, {"stop={time: 1.5 s}", "protocol.deadline=1.5 s", "fleet.dropout.probability=0.3", "seed=2"});
  REQUIRE(p.outcomes(Outcome::crash) > 0);
  REQUIRE(p.memory.rounds.size() == 1);
}

TEST_CASE("nothing that was spent is lost at the end, whatever ended the run") {
  for (const std::string stop : {"stop={time: 37 s}", "stop={rounds: 4}", "stop={bytes: 100 kB}"}) {
    INFO(stop);
    const Played p = play_text(kStormy, {stop});
    REQUIRE(p.memory.rest.size() == 1);
    Spending turns;
    for (const ClientTrace& t : p.memory.turns) turns += t.spent;
    REQUIRE(p.memory.rest[0].total_bytes_down == turns.bytes_down);
    REQUIRE(p.memory.rest[0].total_bytes_up == turns.bytes_up);
    REQUIRE(p.memory.evaluations.back().round == p.result.version);
  }
}

TEST_CASE("bytes that abandoned rounds use count towards the limit") {
  const Played p = play_text(kCalm, {"protocol.deadline=0.9 s", "stop={bytes: 1 kB}"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::bytes);
}

TEST_CASE("a run that gives up has its initial and its last model evaluated") {
  const Played never = play_text(kCalm, {"protocol.deadline=0.9 s", "protocol.give_up=1"});
  REQUIRE(never.memory.evaluations.size() == 1);
  const Played later = play_text(kCalm, {"fleet.dropout.probability=0.6", "protocol.minimum_reports=3",
                                         "protocol.give_up=2", "evaluate.every=100", "stop.rounds=1000"});
  REQUIRE(later.result.stopped.kind == StopReason::Kind::gave_up);
  REQUIRE(later.memory.evaluations.back().round == later.result.version);
}

TEST_CASE("a model that is not finite is found, although every update was") {
  const Played p = play_text(kCalm, {"algorithm={name: scaffold, server_lr: 1e38}", "training.optimizer.lr=100"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::diverged);
  REQUIRE_THAT(p.result.stopped.text, Catch::Contains("is not finite, although every update was"));
}

TEST_CASE("pooled data keep what clients held out, and pool sizes without samples") {
  const Played p = play_text(kCalm, {"algorithm.name=centralized", "data.split.test=0.2", "evaluate.per_client=5"});
  REQUIRE(p.memory.evaluations.back().client_accuracy.size() == 5);
  REQUIRE(p.memory.rounds[0].trained_samples == 80);
  const Played sizes = play_text(kCalm, {"algorithm.name=centralized", "data={dataset: sizes, clients: 7, samples: 20}",
                                         "timing=only", "selection.name=poisson"});
  REQUIRE(sizes.memory.rounds[0].trained_samples == 140);
}

TEST_CASE("FedSGD has nothing to remember, so momentum changes nothing") {
  const Played plain = play_text(kCalm, {"algorithm.name=fedsgd"});
  const Played nesterov =
      play_text(kCalm, {"algorithm.name=fedsgd", "training.optimizer={name: sgd, momentum: 0.9, nesterov: true}"});
  REQUIRE(plain.bits() == nesterov.bits());
}

TEST_CASE("what cannot work together is said before anything runs") {
  REQUIRE_THROWS_WITH(play_text(kCalm, {"algorithm.name=scaffold", "training.optimizer={name: sgd, momentum: 0.9}"}),
                      Catch::Contains("scaffold does not work with this training: with momentum"));
  REQUIRE_THROWS_WITH(
      play_text(kCalm, {"stop={accuracy: 0.9}", "data.test_samples=0"}),
      "stop.accuracy: the data set blobs has no labeled test samples, so the accuracy is never known; stop by "
      "rounds, time or bytes");
  REQUIRE_THROWS_WITH(play_text(kCalm, {"evaluate.per_client=5"}), Catch::Contains("set data.split.test to the share"));
  REQUIRE_THROWS_WITH(play_text(kCalm, {"model={name: mlp, hidden: [1000000, 1000000]}"}),
                      Catch::Contains("GB of memory and this machine has") && Catch::Contains("the model has 1000"));
}

TEST_CASE("a Poisson cohort varies in size around q N") {
  const Played p = play_text(kCalm, {"selection.name=poisson", "stop.rounds=400", "timing=only"});
  double sum = 0;
  double squares = 0;
  for (const RoundRecord& r : p.memory.rounds) {
    sum += static_cast<double>(r.dispatched);
    squares += static_cast<double>(r.dispatched * r.dispatched);
  }
  const double mean = sum / 400;
  // Binomial(10, 0.4), given that it is not 0: 4 / (1 - 0.6^10) = 4.024; variance about 2.4; four standard errors.
  REQUIRE(mean == Approx(4.024).margin(4 * std::sqrt(2.4 / 400)));
  REQUIRE(squares / 400 - mean * mean == Approx(2.33).margin(0.7));
}
