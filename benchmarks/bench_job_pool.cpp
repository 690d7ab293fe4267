// What a job costs beside its computation: start and join in due order, 64 in flight.

#include <benchmark/benchmark.h>

#include <deque>

#include "sim/engine/job_pool.h"

namespace {
using namespace fedtide;

/// Computes for about `state.range(0)` microseconds.
class Spin final : public Job {
 public:
  explicit Spin(std::int64_t rounds) : rounds_(rounds) {}
  void compute(int) override {
    double x = 1;
    for (std::int64_t i = 0; i < rounds_; ++i) benchmark::DoNotOptimize(x = x * 1.0000001 + 1e-9);
  }

 private:
  std::int64_t rounds_;
};

void start_and_join(benchmark::State& state) {
  JobPool pool(Executor::threads, static_cast<int>(state.range(1)));
  std::deque<std::shared_ptr<Spin>> in_flight;
  std::int64_t due = 0;
  for (auto _ : state) {
    in_flight.push_back(std::make_shared<Spin>(state.range(0)));
    pool.start(in_flight.back(), Time{due++});
    if (in_flight.size() == 64) {
      pool.join(*in_flight.front());
      in_flight.pop_front();
    }
  }
  for (const auto& job : in_flight) pool.join(*job);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(start_and_join)->ArgsProduct({{0, 30'000, 300'000}, {1, 2}})->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
