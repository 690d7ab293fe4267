// What the live record costs: one line of metrics.jsonl, formatted and written.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "sim/record/metrics_log.h"

namespace {
using namespace fedtide;

void metrics_line_written(benchmark::State& state) {
  const auto path = std::filesystem::temp_directory_path() / "fedtide-bench-metrics.jsonl";
  MetricsLog log(path);
  RoundRecord round;
  round.train_loss = 0.123456789;
  round.train_accuracy = 0.87654321;
  round.update_norm = 1.0 / 3;
  EvaluationRecord evaluation;
  evaluation.test_loss = 0.45678912;
  evaluation.test_accuracy = 0.8123;
  for (auto _ : state) {
    ++round.round;
    round.committed.ns += 123'456'789'012;
    round.total_bytes_up += 123'456;
    log.round(round, round.round % 20 == 0 ? std::optional(evaluation) : std::nullopt);
  }
  state.SetItemsProcessed(state.iterations());
  std::filesystem::remove(path);
}
BENCHMARK(metrics_line_written)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
