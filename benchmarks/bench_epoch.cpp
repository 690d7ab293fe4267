// Whole-run side of peers/compare_local_sgd.py: client epochs of SGD on a 2NN, one thread. Prints one line of JSON.
//
// bench_epoch [epochs = 20] [batch size = 10] [samples = 600]

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <numeric>

#include "datasets/byte_dataset.h"
#include "sim/base/distributions.h"
#include "sim/learn/solver.h"
#include "tests/support/dense_network.h"

namespace {

using namespace fedtide;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// A half of the bytes is 0, as in Fashion-MNIST; the label shows in one of the pixels, so that there is something to
/// learn.
ByteDataset images(std::uint32_t samples) {
  constexpr std::size_t kFeatures = 784;
  Stream stream(1, Purpose::dataset);
  std::vector<std::uint8_t> values(kFeatures * samples);
  for (auto& value : values) {
    const std::uint32_t draw = uniform_below(stream, 512);
    value = static_cast<std::uint8_t>(draw < 256 ? 0 : draw - 256);
  }
  std::vector<std::int32_t> labels(samples);
  for (std::size_t j = 0; j < samples; ++j) {
    labels[j] = static_cast<std::int32_t>(uniform_below(stream, 10));
    values[j * kFeatures + static_cast<std::size_t>(labels[j])] = 255;
  }
  return {InputShape{InputShape::Kind::dense, {1, 28, 28}, 10}, std::move(values), std::move(labels)};
}

}  // namespace

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 20;
  const int batch_size = argc > 2 ? std::atoi(argv[2]) : 10;
  const int samples = argc > 3 ? std::atoi(argv[3]) : 600;
  if (epochs < 1 || batch_size < 1 || samples < 1) {
    fmt::print(stderr, "bench_epoch: epochs, batch size and samples are whole numbers of at least 1\n");
    return 2;
  }
  const ByteDataset data = images(static_cast<std::uint32_t>(samples));
  std::vector<std::uint32_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), 0u);
  DenseNetworkSpec network;
  network.hidden = {200, 200};
  const DenseNetwork<float> model(network, 784, 10);
  SolverSpec spec;
  spec.batch_size = batch_size;
  spec.lr = 0.05;
  SolverMemory<float> memory;
  Vector<float> w = model.initial_weights(Stream(1, Purpose::model_init));
  LocalRun run;
  local_sgd(model, ClientData{&data, rows}, spec, 0, Stream(1, Purpose::batches), w, memory);  // warm
  const double cpu = cpu_seconds();
  const auto wall = std::chrono::steady_clock::now();
  for (int e = 0; e < epochs; ++e) {
    const Stream stream(1, Purpose::batches, 0, static_cast<std::uint32_t>(e + 1));
    run = local_sgd(model, ClientData{&data, rows}, spec, 0, stream, w, memory);
  }
  const double trained = static_cast<double>(samples) * epochs;
  fmt::print("{{\"samples\": {}, \"wall_seconds\": {:.6f}, \"cpu_seconds\": {:.6f}, \"last_loss\": {:.6f}}}\n", trained,
             std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(), cpu_seconds() - cpu,
             run.score.loss());
  return 0;
}
