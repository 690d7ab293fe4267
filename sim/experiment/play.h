#pragma once
// One run of an assembled experiment, in memory: everything that happens goes to an Observer.

#include <atomic>

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
};

PlayResult play(ExperimentConfig& config, Assembly& assembly, Observer& observer, const std::atomic<bool>& interrupted);

}  // namespace fedtide
