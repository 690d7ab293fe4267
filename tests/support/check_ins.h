#pragma once
// A played run of the protocol check_in with its sessions.

#include <numeric>

#include "sim/federation/traffic.h"
#include "tests/support/lawful.h"

namespace fedtide::testing {

struct CheckedIn final : Observer {
  Played played;
  Sessions sessions;

  void on_evaluation(const EvaluationRecord& record) override { played.memory.on_evaluation(record); }
  void on_round(const RoundRecord& record) override { played.memory.on_round(record); }
  void on_trace(const ClientTrace& record) override { played.memory.on_trace(record); }
  void on_end(const RoundRecord& record) override { played.memory.on_end(record); }
  void on_sessions(const Sessions& all) override { sessions = all; }

  const Memory& memory() const { return played.memory; }
  std::int64_t count(TrafficCount what) const {
    return std::accumulate(sessions.rows.begin(), sessions.rows.end(), std::int64_t{0},
                           [&](std::int64_t sum, const TrafficRow& row) { return sum + row.of(what); });
  }
  std::int64_t shape(const std::string& text) const {
    const auto found = sessions.shapes.find(text);
    return found == sessions.shapes.end() ? 0 : found->second;
  }
  /// Everything that was learned, when, and what went on beside it.
  std::string bits() const {
    std::string all = played.bits();
    for (const TrafficRow& row : sessions.rows) all.append(reinterpret_cast<const char*>(&row), sizeof row);
    for (const auto& [text, times] : sessions.shapes) all += text + std::to_string(times);
    return all;
  }
};

inline CheckedIn check_in_text(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  ExperimentConfig config = read_text_experiment(yaml, overrides);
  Assembly assembly = assemble(config);
  CheckedIn run;
  const std::atomic<bool> interrupted{false};
  run.played.result = play(config, assembly, run, interrupted);
  return run;
}

/// Two thousand devices that are always there; a turn takes 2 s of latency and, by device, about 8 s of computing.
inline const char* kCrowd = R"(
seed: 5
timing: only
data: {dataset: sizes, clients: 2000, samples: 10, features: 4, classes: 2}
model: {name: softmax}
training: {batch_size: 5, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: check_in, cohort: 20, every: 60 s, pace: {small: 0, least: 10 s}}
fleet:
  device: {compute: {distribution: lognormal, median: 40 FLOP/s, sigma: 0.3}}
  link: {down: 1 Gbit/s, up: 1 Gbit/s, latency: 1 s}
stop: {rounds: 40}
)";

}  // namespace fedtide::testing
