#include "sim/experiment/play.h"

#include <algorithm>

#include "sim/experiment/machine.h"

namespace fedtide {

PlayResult play(ExperimentConfig& config, Assembly& assembly, Observer& observer, const std::atomic<bool>& interrupted,
                Continuity continuity) {
  const int threads = config.execution.threads > 0 ? config.execution.threads : machine_threads();
  // A product's bits depend on the cache sizes that Eigen believes in.
  Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);
  JobPool pool(config.execution.executor, threads);
  LedgerLimits limits;
  limits.window = std::max<std::size_t>(limits.window, 4 * static_cast<std::size_t>(threads));
  Ledger ledger(assembly.learning.get(), &pool, observer, interrupted, limits);
  if (!ledger.timing_only()) {
    if (continuity.keeper) ledger.keep(*continuity.keeper);
    if (continuity.from) ledger.resume(std::move(*continuity.from), *continuity.rows);
  }
  EventQueue queue;
  World world{.seed = config.seed,
              .queue = queue,
              .fleet = *assembly.fleet,
              .population = *assembly.population,
              .selector = *config.selection,
              .ledger = ledger,
              .stop = config.stop,
              .evaluation = config.evaluation,
              .evaluable = assembly.evaluable};
  const std::unique_ptr<Protocol> protocol = config.protocol->make(world);

  PlayResult result;
  result.stopped = simulate(*protocol, queue, ledger, interrupted);
  result.ended = queue.now();
  result.weights = ledger.recorded().weights;
  result.version = static_cast<std::int64_t>(raw(ledger.recorded().number));
  result.caught_up = !ledger.replaying();
  result.accepted_jobs = ledger.accepted_jobs();
  result.computed_jobs = pool.computed();
  return result;
}

}  // namespace fedtide
