// The weighted mean over updates of the McMahan CNN's size (1,663,370 weights), and its share of the memory bandwidth
// of a plain add.

#include <benchmark/benchmark.h>

#include "sim/federation/aggregator.h"

namespace {
using namespace fedtide;

constexpr Index kWeights = 1'663'370;
constexpr int kUpdates = 10;

void weighted_mean(benchmark::State& state) {
  std::vector<Vector<float>> updates(kUpdates, Vector<float>::Constant(kWeights, 0.5f));
  WeightedMean<float> aggregator(kWeights);
  for (auto _ : state) {
    for (const Vector<float>& update : updates) aggregator.absorb(update, 48);
    benchmark::DoNotOptimize(aggregator.finish());
  }
  state.SetItemsProcessed(state.iterations() * kUpdates * kWeights);
}
BENCHMARK(weighted_mean)->Unit(benchmark::kMillisecond);

void plain_add(benchmark::State& state) {
  std::vector<Vector<float>> updates(kUpdates, Vector<float>::Constant(kWeights, 0.5f));
  Vector<float> sum = Vector<float>::Zero(kWeights);
  for (auto _ : state) {
    for (const Vector<float>& update : updates) sum += 48.0f * update;
    benchmark::DoNotOptimize(sum.data());
  }
  state.SetItemsProcessed(state.iterations() * kUpdates * kWeights);
}
BENCHMARK(plain_add)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
