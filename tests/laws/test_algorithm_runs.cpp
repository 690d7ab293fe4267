// What every registered method obeys in a whole run.

#include <map>

#include "tests/catch.h"
#include "tests/support/experiment.h"
#include "tests/support/registered.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

bool pooled(const std::string& name) { return read_method("{name: " + name + "}")->traits().pooled; }

/// The model that the accepted reports of a run make, one after the other on this thread: what each client computes
/// from the version it was sent, its own last accepted report's state and its own stream, and nothing else.
Vector<float> replay(const std::vector<std::string>& overrides, const std::vector<ClientTrace>& turns) {
  ExperimentConfig config = read_text_experiment(kStormy, overrides);
  const Assembly assembly = assemble(config);
  Learning& l = *assembly.learning;
  std::vector<Vector<float>> versions = {l.model->initial_weights(Stream(l.seed, Purpose::model_init))};
  std::vector<SharedVector<float>> broadcasts = {l.algorithm.server->broadcast()};
  std::map<ClientId, SharedVector<float>> states;
  SolverMemory<float> memory;
  std::size_t in_round = 0;
  const auto commit = [&] {
    Vector<float> x = versions.back();
    l.algorithm.server->commit(x, l.aggregator->finish());
    versions.push_back(x);
    broadcasts.push_back(l.algorithm.server->broadcast());
    in_round = 0;
  };
  for (const ClientTrace& turn : turns) {
    if (turn.outcome != Outcome::reported) continue;
    if (static_cast<std::size_t>(turn.round) > versions.size()) commit();
    const auto rows = l.train_shards.of(turn.client);
    ClientOutput<float> output =
        l.algorithm.client->train({.model = *l.model,
                                   .data = {l.train.get(), rows},
                                   .solver = l.solver,
                                   .round = turn.version,
                                   .global = versions[turn.version],
                                   .broadcast = broadcasts[turn.version].get(),
                                   .state = states[turn.client].get(),
                                   .stream = Stream(l.seed, Purpose::batches, turn.client, Turn{turn.turn}),
                                   .memory = memory});
    const std::uint32_t now = static_cast<std::uint32_t>(versions.size() - 1);
    if (l.traits.whole_models) {
      output.delta += versions[turn.version];
      output.delta -= versions.back();
    }
    const Report report{turn.client, rows.size(), now - turn.version};
    l.aggregator->absorb(output.delta, l.algorithm.server->weight(report, output));
    l.algorithm.server->absorb(output, report);
    if (output.state) states[turn.client] = output.state;
    ++in_round;
  }
  if (in_round > 0) commit();
  return versions.back();
}

}  // namespace

TEST_CASE("law: a run is its accepted reports in their order, and nothing else") {
  // In particular a client's state is that of its last accepted report: what was computed for a report that never came
  // leaves no trace.
  for (const std::string& name : registered<AlgorithmEntry>()) {
    if (pooled(name)) continue;
    for (const std::string protocol : {"", "protocol={name: buffered, concurrency: 12, buffer: 4}"}) {
      std::vector<std::string> overrides = {"algorithm.name=" + name, "evaluate.per_client=0"};
      if (!protocol.empty()) overrides.push_back(protocol);
      const Played p = play_text(kStormy, overrides);
      INFO(name << " " << protocol);
      REQUIRE(p.outcomes(Outcome::crash) > 0);
      REQUIRE(p.result.weights->allFinite());
      REQUIRE((replay(overrides, p.memory.turns).array() == p.result.weights->array()).all());
    }
  }
}

TEST_CASE("law: threads and executor leave no trace in the results") {
  for (const std::string& name : registered<AlgorithmEntry>()) {
    const std::string method = "algorithm.name=" + name;
    const Played serial = play_text(kStormy, {method, "execution.executor=inline"});
    REQUIRE(serial.memory.rounds.size() == 12);
    for (const std::string threads : {"1", "2", "8"}) {
      INFO(name << " on " << threads << " threads");
      REQUIRE(play_text(kStormy, {method, "execution.threads=" + threads}).bits() == serial.bits());
    }
  }
}
