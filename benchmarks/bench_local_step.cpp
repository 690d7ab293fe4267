// Local training of every model preset, one thread: a client's epoch of SGD, batches gathered from the data set's bytes
// on the way. Items are samples and seconds are CPU-seconds. FLOP/s are nominal: the model's own training_flops(), of
// which a kernel that skips zeros does fewer. The table at the end holds them against this machine's speed at a product
// of two 1024 x 1024 matrices, measured in the same process before and after.
//
// bench_local_step [--benchmark_filter=2nn/] [Google Benchmark's other options]

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "benchmarks/support/clocks.h"
#include "benchmarks/support/gemm_peak.h"
#include "benchmarks/support/workload.h"
#include "sim/learn/solver.h"

namespace {

using namespace fedtide;
using namespace fedtide::bench;

/// 600 as in McMahan et al.'s clients; fewer where an epoch of those would take seconds.
std::vector<std::uint32_t> shard_of(const Model<float>& model, const Dataset& data) {
  const double affordable = 30e9 / model.training_flops();
  const auto wanted = static_cast<std::uint32_t>(std::clamp(affordable, 64.0, 600.0));
  std::vector<std::uint32_t> rows(std::min(wanted, data.size()));
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

void epoch(benchmark::State& state, const Model<float>& model, const Dataset& data) {
  const std::vector<std::uint32_t> rows = shard_of(model, data);
  SolverSpec spec;
  spec.batch_size = state.range(0);
  spec.lr = 0.001;
  SolverMemory<float> memory;
  Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
  std::uint32_t turn = 0;
  for (auto _ : state) {
    local_sgd(model, ClientData{&data, rows}, spec, 0, Stream(1, Purpose::batches, 0, turn++), w, memory);
  }
  const double samples = static_cast<double>(state.iterations()) * static_cast<double>(rows.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(samples));
  state.counters["FLOP/s"] = benchmark::Counter(model.training_flops() * samples, benchmark::Counter::kIsRate);
}

/// Shows runs as usual and keeps them for the table.
class Reporter final : public benchmark::ConsoleReporter {
 public:
  Reporter() : ConsoleReporter(isatty(STDOUT_FILENO) ? OO_ColorTabular : OO_Tabular) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
      rows_.push_back({run.benchmark_name(), run.counters.at("items_per_second"), run.counters.at("FLOP/s")});
    }
  }

  void print(const std::vector<GemmPeak>& peaks) const {
    fmt::print("\n{:<26}{:>14}{:>12}", "model/B", "samples/s", "GFLOP/s");
    for (std::size_t i = 0; i < peaks.size(); ++i) fmt::print("{:>14}", i == 0 ? "of first" : "of second");
    fmt::print("\n");
    for (const Row& row : rows_) {
      fmt::print("{:<26}{:>14.0f}{:>12.1f}", row.name, row.samples, row.flops / 1e9);
      for (const GemmPeak& peak : peaks) fmt::print("{:>12.0f} %", 100 * row.flops / peak.flops_per_second);
      fmt::print("\n");
    }
  }

 private:
  struct Row {
    std::string name;
    double samples;
    double flops;
  };
  std::vector<Row> rows_;
};

/// OpenBLAS where it is installed, then Eigen; the best of before and after.
void measure_peaks(std::vector<GemmPeak>& peaks) {
  std::vector<GemmPeak> now;
  if (auto openblas = openblas_peak()) now.push_back(*openblas);
  now.push_back(eigen_peak());
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    now[i].flops_per_second = std::max(now[i].flops_per_second, peaks[i].flops_per_second);
  }
  peaks = now;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  set_cache_sizes();
  std::map<std::string, Workload> data;
  std::vector<std::unique_ptr<const Model<float>>> models;
  for (const Preset& preset : presets()) {
    if (!data.contains(preset.data)) data[preset.data] = load_workload(preset.data);
    const Workload& workload = data[preset.data];
    auto model = make_model(preset, workload.train->shape());
    if (!model) continue;
    fmt::print("{}: {} weights, {:.4g} FLOP a sample, {}\n", preset.label, model->size(), model->training_flops(),
               workload.description);
    for (const int batch : {1, 10, 32, 64}) {
      benchmark::RegisterBenchmark(preset.label.c_str(), epoch, std::cref(*model), std::cref(*workload.train))
          ->Arg(batch)
          ->Unit(benchmark::kMillisecond);
    }
    models.push_back(std::move(model));
  }
  std::vector<GemmPeak> peaks;
  measure_peaks(peaks);
  Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  measure_peaks(peaks);
  for (const GemmPeak& peak : peaks) {
    fmt::print("{}: {:.1f} GFLOP/s at n = 1024, one thread\n", peak.name, peak.flops_per_second / 1e9);
  }
  if (peaks.size() < 2) fmt::print("OpenBLAS is not installed (libopenblas0): no such yardstick\n");
  reporter.print(peaks);
  return 0;
}
