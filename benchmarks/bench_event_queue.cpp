// The event queue under the hold model: pop one, push one, at a steady number of pending events.

#include <benchmark/benchmark.h>

#include "sim/base/distributions.h"
#include "sim/engine/event_queue.h"

namespace {
using namespace fedtide;

void hold(benchmark::State& state) {
  Stream stream(1, Purpose::ties);
  EventQueue queue;
  const auto push = [&] {
    Event event;
    event.at = queue.now() + Duration::from_seconds(exponential(stream, 1.0));
    event.tie = stream.next64();
    queue.push(event);
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) push();
  for (auto _ : state) {
    benchmark::DoNotOptimize(queue.pop());
    push();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

}  // namespace

BENCHMARK_MAIN();
