// Random streams: what a draw costs, and what it costs to make a stream for one.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "sim/base/distributions.h"

namespace {

using namespace fedtide;

void words(benchmark::State& state) {
  Stream stream(1, Purpose::batches);
  for (auto _ : state) benchmark::DoNotOptimize(stream.next32());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(words);

void uniforms(benchmark::State& state) {
  Stream stream(1, Purpose::batches);
  for (auto _ : state) benchmark::DoNotOptimize(uniform(stream));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(uniforms);

void normals(benchmark::State& state) {
  Stream stream(1, Purpose::batches);
  for (auto _ : state) benchmark::DoNotOptimize(normal(stream));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(normals);

void make_a_stream_and_draw_once(benchmark::State& state) {
  std::uint32_t who = 0;
  for (auto _ : state) {
    Stream stream(1, Purpose::device, who++);
    benchmark::DoNotOptimize(uniform(stream));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(make_a_stream_and_draw_once);

void shuffle_600(benchmark::State& state) {
  Stream stream(1, Purpose::batches);
  std::vector<std::uint32_t> order(600);
  std::iota(order.begin(), order.end(), 0u);
  for (auto _ : state) {
    shuffle(stream, std::span<std::uint32_t>(order));
    benchmark::DoNotOptimize(order.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 600);
}
BENCHMARK(shuffle_600);

void dirichlet_10_labels(benchmark::State& state) {
  Stream stream(1, Purpose::partition);
  const std::vector<double> alpha(10, 0.1);
  std::array<double, 10> shares{};
  for (auto _ : state) {
    dirichlet(stream, alpha, shares);
    benchmark::DoNotOptimize(shares.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(dirichlet_10_labels);

void cohort_of_50(benchmark::State& state) {
  const auto population = static_cast<std::uint32_t>(state.range(0));
  std::uint32_t turn = 0;
  for (auto _ : state) {
    Stream stream(1, Purpose::cohort, 0, turn++);
    benchmark::DoNotOptimize(sample_without_replacement(stream, population, 50));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(cohort_of_50)->Arg(1000)->Arg(1000000);

}  // namespace

BENCHMARK_MAIN();
