// Local training: one step, and a client's epoch over 600 images of bytes. Items are samples; FLOP/s counts a
// multiply-add as two, and no gradient of the first layer's input.

#include <benchmark/benchmark.h>

#include <numeric>

#include "datasets/byte_dataset.h"
#include "sim/base/distributions.h"
#include "sim/learn/solver.h"
#include "tests/support/dense_network.h"

namespace {

using namespace fedtide;

constexpr Index kFeatures = 784;
constexpr int kClasses = 10;
constexpr std::uint32_t kShard = 600;

DenseNetwork<float> network(bool hidden) {
  DenseNetworkSpec spec;
  if (hidden) spec.hidden = {200, 200};
  return {spec, kFeatures, kClasses};
}

/// As many zeros as Fashion-MNIST has: one half.
ByteDataset images() {
  Stream stream(1, Purpose::dataset);
  std::vector<std::uint8_t> values(kFeatures * kShard);
  for (auto& value : values) {
    const std::uint32_t draw = uniform_below(stream, 512);
    value = static_cast<std::uint8_t>(draw < 256 ? 0 : draw - 256);
  }
  std::vector<std::int32_t> labels(kShard);
  for (auto& label : labels) label = static_cast<std::int32_t>(uniform_below(stream, kClasses));
  return {InputShape{InputShape::Kind::dense, {1, 28, 28}, kClasses}, std::move(values), std::move(labels)};
}

void count_work(benchmark::State& state, const Model<float>& model, double samples) {
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<double>(state.iterations()) * samples));
  state.counters["FLOP/s"] =
      benchmark::Counter(model.training_flops() * samples, benchmark::Counter::kIsIterationInvariantRate);
}

void step(benchmark::State& state, bool hidden) {
  const auto model = network(hidden);
  const Index batch_size = state.range(0);
  const ByteDataset data = images();
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(batch_size));
  std::iota(rows.begin(), rows.end(), 0u);
  Batch<float> batch;
  data.gather(rows, batch);
  const auto workspace = model.make_workspace(batch_size);
  Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
  for (auto _ : state) {
    benchmark::DoNotOptimize(model.step(w.data(), batch, -0.001f / static_cast<float>(batch_size), *workspace));
  }
  count_work(state, model, static_cast<double>(batch_size));
}

void epoch(benchmark::State& state, bool hidden) {
  const auto model = network(hidden);
  const ByteDataset data = images();
  std::vector<std::uint32_t> rows(kShard);
  std::iota(rows.begin(), rows.end(), 0u);
  SolverSpec spec;
  spec.batch_size = state.range(0);
  spec.lr = 0.001;
  SolverMemory<float> memory;
  Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
  std::uint32_t turn = 0;
  for (auto _ : state) {
    local_sgd(model, ClientData{&data, rows}, spec, 0, Stream(1, Purpose::batches, 0, turn++), w, memory);
  }
  count_work(state, model, kShard);
}

BENCHMARK_CAPTURE(step, softmax, false)->Arg(1)->Arg(10)->Arg(32)->Arg(64);
BENCHMARK_CAPTURE(step, 2nn, true)->Arg(1)->Arg(10)->Arg(32)->Arg(64);
BENCHMARK_CAPTURE(epoch, softmax, false)->Arg(1)->Arg(10)->Arg(32)->Arg(64);
BENCHMARK_CAPTURE(epoch, 2nn, true)->Arg(1)->Arg(10)->Arg(32)->Arg(64);

}  // namespace

BENCHMARK_MAIN();
