#pragma once
// One run of an assembled experiment, in memory: everything that happens goes to an Observer.

#include <atomic>

#include "sim/engine/post.h"
#include "sim/experiment/assembly.h"
#include "sim/federation/simulation.h"

namespace fedtide {

struct PlayResult {
  StopReason stopped;
  Time ended;                   ///< virtual
  SharedVector<float> weights;  ///< of the newest recorded round; null with `timing: only`
  std::int64_t version = 0;
  std::uint64_t accepted_jobs = 0;  ///< reports taken in
  std::uint64_t computed_jobs = 0;  ///< trainings and evaluations computed
  bool caught_up = true;            ///< false: cut short before it was where it had been taken up
};

/// What is kept of a run as it goes, and where it is taken up. Without effect with `timing: only`, where a run is
/// simply played again.
struct Continuity {
  Keeper* keeper = nullptr;      ///< null: nothing is kept
  std::optional<Snapshot> from;  ///< none: from the start
  RowSource* rows = nullptr;     ///< of `from`
};

/// `post`: to the ranks that compute too; null: none. Errors: Failure(data_damaged) when `continuity.from` is of
/// another run; whatever a rank failed with.
PlayResult play(ExperimentConfig& config, Assembly& assembly, Observer& observer, const std::atomic<bool>& interrupted,
                Continuity continuity = {}, Post* post = nullptr);

}  // namespace fedtide
