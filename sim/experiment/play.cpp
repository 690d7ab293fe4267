#include "sim/experiment/play.h"

#include <algorithm>
#include <optional>

#include "sim/engine/dispatcher.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/ranks.h"

namespace fedtide {
namespace {

/// So that a thread finds its next job while the results of others wait to be taken in.
LedgerLimits limits_for(int threads, int ranks) {
  LedgerLimits limits;
  const auto here = static_cast<std::size_t>(threads), all = here * static_cast<std::size_t>(ranks);
  limits.window = std::max({limits.window, 4 * here, ranks > 1 ? 3 * all : 0});
  limits.lookahead = std::max(limits.lookahead, ranks > 1 ? 4 * limits.window : 0);
  return limits;
}

}  // namespace

PlayResult play(ExperimentConfig& config, Assembly& assembly, Observer& observer, const std::atomic<bool>& interrupted,
                Continuity continuity, Post* post) {
  const int threads = config.execution.threads > 0 ? config.execution.threads : machine_threads();
  pin_cache_sizes();
  JobPool pool(config.execution.executor, threads);
  std::optional<Dispatcher> dispatcher;  // ends after the ledger, which awaits its jobs
  LedgerLimits limits = limits_for(threads, 1);
  if (post && assembly.learning) {
    dispatcher.emplace(pool, *post, data_fingerprint(assembly));
    limits = limits_for(threads, post->ranks());
  }
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
