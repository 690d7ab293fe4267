#pragma once
// A whole experiment in memory, from YAML text to everything that was recorded.

#include <cstring>
#include <string>
#include <vector>

#include "sim/experiment/play.h"
#include "tests/support/read.h"

namespace fedtide::testing {

/// Keeps every record.
struct Memory final : Observer {
  std::vector<EvaluationRecord> evaluations;
  std::vector<RoundRecord> rounds;
  std::vector<ClientTrace> turns;
  std::vector<RoundRecord> rest;       ///< one at most
  Accounts accounts;                   ///< these where play_text() filled them in
  std::vector<ClientSummary> clients;  ///< power and metered only
  bool equal_turns = true;             ///< the protocol's, where play_text() filled it in

  void on_evaluation(const EvaluationRecord& record) override { evaluations.push_back(record); }
  void on_round(const RoundRecord& record) override { rounds.push_back(record); }
  void on_trace(const ClientTrace& record) override { turns.push_back(record); }
  void on_end(const RoundRecord& record) override { rest.push_back(record); }
};

struct Played {
  Memory memory;
  PlayResult result;

  std::int64_t outcomes(Outcome outcome) const {
    std::int64_t sum = 0;
    for (const ClientTrace& turn : memory.turns) sum += turn.outcome == outcome ? 1 : 0;
    return sum;
  }
  /// Everything that was learned and when, as bytes: equal strings are equal bits.
  std::string bits() const {
    std::string all;
    const auto add = [&](const auto& value) { all.append(reinterpret_cast<const char*>(&value), sizeof value); };
    for (const RoundRecord& r : memory.rounds) {
      add(r.round), add(r.committed.ns), add(r.dispatched), add(r.outcomes), add(r.trained_samples), add(r.train_loss);
      add(r.update_norm), add(r.total_bytes_down), add(r.total_bytes_up), add(r.wasted.compute_s);
      add(r.spent.energy.total()), add(r.wasted.energy.total()), add(r.spent.carbon_g), add(r.spent.metered_bytes);
    }
    for (const EvaluationRecord& e : memory.evaluations) {
      add(e.round), add(e.at.ns), add(e.test_loss), add(e.test_accuracy);
      for (const double accuracy : e.client_accuracy) add(accuracy);
      for (const double metric : e.metrics) add(metric);
      for (const double count : e.confusion) add(count);
    }
    for (const ClientTrace& t : memory.turns) add(t.client), add(t.turn), add(t.ended.ns), add(t.outcome);
    if (result.weights) {
      all.append(reinterpret_cast<const char*>(result.weights->data()),
                 sizeof(float) * static_cast<std::size_t>(result.weights->size()));
    }
    return all;
  }
};

inline Played play_text(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  ExperimentConfig config = read_text_experiment(yaml, overrides);
  Assembly assembly = assemble(config);
  Played played;
  played.memory.accounts = assembly.fleet->accounts();
  played.memory.equal_turns = config.protocol->equal_turns();
  for (std::uint32_t i = 0; i < assembly.train_samples.size() && played.memory.accounts.any(); ++i) {
    ClientSummary& client = played.memory.clients.emplace_back();
    if (played.memory.accounts.energy) client.power = assembly.fleet->power(ClientId{i});
    client.metered = played.memory.accounts.metered && assembly.fleet->metered(ClientId{i});
  }
  const std::atomic<bool> interrupted{false};
  played.result = play(config, assembly, played.memory, interrupted);
  return played;
}

/// Ten clients with 10 samples each; a turn takes 1 s of latency and next to nothing else.
inline const char* kOneSecondTurns = R"(
seed: 3
data: {dataset: blobs, samples: 100, test_samples: 50, features: 4, clients: 10}
model: {name: softmax}
training: {batch_size: 5, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: synchronous, cohort: 4}
fleet:
  device: {compute: 1000 TFLOP/s}
  link: {down: 1000 Gbit/s, up: 1000 Gbit/s, latency: 500 ms}
stop: {rounds: 8}
)";

/// A world with every kind of failure in it, small enough to run in a blink.
inline const char* kStormy = R"(
name: stormy
seed: 3
data: {dataset: blobs, samples: 1200, test_samples: 300, features: 12, clients: 60, partition: {scheme: dirichlet, alpha: 0.3}, split: {test: 0.2}}
model: {name: mlp, hidden: [16]}
training: {epochs: 2, batch_size: 5, optimizer: {name: sgd, lr: 0.05}}
algorithm: {name: fedavg}
protocol: {name: synchronous, cohort: 10, over_selection: 1.5, deadline: 4 s, minimum_reports: 4, retry: 20 s}
fleet:
  device: {catalog: drawn, compute: {distribution: lognormal, median: 50 kFLOP/s, sigma: 1}, jitter: 0.2}
  link: {catalog: drawn, down: {distribution: lognormal, median: 1 Mbit/s, sigma: 0.5}, up: 500 kbit/s, latency: 50 ms, jitter: 20 ms}
  availability: {model: on_off, on: 30 s, off: 20 s}
  dropout: {probability: 0.1}
evaluate: {every: 3, per_client: 8}
stop: {rounds: 12}
)";

}  // namespace fedtide::testing
