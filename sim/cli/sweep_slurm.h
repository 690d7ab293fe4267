#pragma once
// fedtide sweep --launcher slurm: the runs as arrays of batch tasks.

#include <string>

#include "sim/base/error.h"
#include "sim/experiment/slurm.h"
#include "sim/experiment/sweep_play.h"

namespace fedtide {

/// What the command line says of Slurm alone.
struct SlurmArguments {
  std::string header_file;
  int runs_per_task = 1;
  int signal_room = 120;  ///< seconds
  bool print = false;
};

/// Submits every run that is not complete and not queued, or prints what it would submit. Errors: Failure(failed) when
/// Slurm refuses, Failure(no_input) for the header file.
ExitCode launch_on_slurm(const SweepFolder& folder, const SweepPlan& plan, const SweepOptions& options,
                         const SlurmArguments& arguments);

}  // namespace fedtide
