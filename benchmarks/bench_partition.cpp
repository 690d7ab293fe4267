// How long it takes to hand out samples, and what memory it takes beside the indices themselves: a million clients that
// share the 60,000 samples of Fashion-MNIST, and 1,000 that hold them.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <new>

#include "sim/base/distributions.h"
#include "sim/experiment/load.h"
#include "sim/learn/skew.h"

#include <malloc.h>

namespace {

// What is on the heap now and was at most; the benchmark has one thread while it measures.
std::size_t held = 0;
std::size_t peak = 0;

void* take(std::size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  held += malloc_usable_size(block);
  peak = std::max(peak, held);
  return block;
}
void give(void* block) {
  if (block) held -= malloc_usable_size(block);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void operator delete(void* block) noexcept { give(block); }
void operator delete[](void* block) noexcept { give(block); }
void operator delete(void* block, std::size_t) noexcept { give(block); }
void operator delete[](void* block, std::size_t) noexcept { give(block); }

namespace fedtide {
namespace {

std::vector<std::int32_t> fashion_labels() {
  std::vector<std::int32_t> labels(60'000);
  for (std::size_t j = 0; j < labels.size(); ++j) labels[j] = static_cast<std::int32_t>(j % 10);
  Stream stream(99, Purpose::dataset);
  shuffle(stream, std::span(labels));
  return labels;
}

LoadedExperiment experiment(const std::string& partition) {
  return load_experiment_text(
      "data: {dataset: blobs, partition: " + partition + "}\nmodel: {name: softmax}\nstop: {rounds: 1}\n", "benchmark",
      {});
}

void hand_out(benchmark::State& state, const std::string& partition, std::uint32_t clients) {
  const std::vector<std::int32_t> labels = fashion_labels();
  const LoadedExperiment loaded = experiment(partition);
  std::size_t beside = 0;
  for (auto _ : state) {
    const std::size_t before = held;
    peak = held;
    const Shards shards = loaded.config.data.partition->partition(
        {static_cast<std::uint32_t>(labels.size()), labels, 10, {}, clients, 1});
    beside = peak - before - shards.rows.size() * sizeof(std::uint32_t);
    benchmark::DoNotOptimize(shards.rows.data());
  }
  state.counters["bytes_a_client_beside_indices"] = static_cast<double>(beside) / clients;
}

void skew(benchmark::State& state) {
  const std::vector<std::int32_t> labels = fashion_labels();
  const LoadedExperiment loaded = experiment("{scheme: dirichlet, alpha: 0.3, sharing: true, samples_per_client: 20}");
  const Shards shards = loaded.config.data.partition->partition({60'000, labels, 10, {}, 1'000'000, 1});
  for (auto _ : state) {
    const Skew skew = measure_skew(count_labels(shards, labels, 10));
    benchmark::DoNotOptimize(skew.size_gini);
  }
}

void register_all() {
  const std::map<std::string, std::string> shared{
      {"iid", "{scheme: iid, sharing: true, samples_per_client: 20}"},
      {"dirichlet", "{scheme: dirichlet, alpha: 0.3, sharing: true, samples_per_client: 20}"},
      {"dirichlet_lognormal",
       "{scheme: dirichlet, alpha: 0.3, sharing: true, samples_per_client: 20, sizes: lognormal, size_sigma: 1}"}};
  for (const auto& [name, partition] : shared) {
    benchmark::RegisterBenchmark(("million_share/" + name).c_str(), [p = partition](benchmark::State& s) {
      hand_out(s, p, 1'000'000);
    })->Unit(benchmark::kMillisecond);
  }
  for (const char* name :
       {"iid", "shards", "dirichlet", "label_count", "quantity", "mixed", "power_law", "similarity"}) {
    const std::string keys = std::string(name) == "dirichlet"    ? ", alpha: 0.3"
                             : std::string(name) == "similarity" ? ", similarity: 0.1"
                                                                 : "";
    benchmark::RegisterBenchmark(("thousand/" + std::string(name)).c_str(), [p = "{scheme: " + std::string(name) +
                                                                                 keys + "}"](benchmark::State& s) {
      hand_out(s, p, 1000);
    })->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("million_skew", skew)->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace fedtide

int main(int argc, char** argv) {
  fedtide::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
