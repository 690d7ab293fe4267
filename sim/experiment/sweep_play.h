#pragma once
// Runs the runs of a sweep: side by side, each a process of its own, what is complete left alone.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/experiment/run_standing.h"
#include "sim/experiment/sweep_manifest.h"

namespace fedtide {

struct SweepOptions {
  int jobs = 0;            ///< runs at a time; 0: as many as there are cores for
  int threads = 0;         ///< of each run; 0: its own execution.threads, else the cores divided by the runs at a time
  bool fail_fast = false;  ///< stop all at the first failure
  bool failed = false;     ///< the failed runs, and no others
  int retry = 0;           ///< how often a run that fails is started anew
  std::vector<std::size_t> only;  ///< indices; empty: all
};

/// A run that ended, or was found ended.
struct RunEnd {
  const PlannedRun* run = nullptr;
  RunStanding standing;
  int exit_code = 0;
  bool will_retry = false;
};

struct SweepReport {
  std::size_t selected = 0;
  std::size_t complete = 0;
  std::size_t found_complete = 0;  ///< of these, before anything was started
  std::size_t failed = 0;
  std::size_t left_failed = 0;  ///< of these, not started again: their failure was the result of the experiment
  std::size_t elsewhere = 0;    ///< another process runs them
  std::size_t killed = 0;       ///< by a signal that was not ours
  std::size_t unfinished = 0;   ///< stopped or not started
  int signal = 0;               ///< that ended it; 0: none
  bool left_at_once = false;

  ExitCode exit_code() const;
};

/// The runs whose index stands in text such as "3,5-7". Errors: Failure(usage), which begins with `option`.
std::vector<std::size_t> parse_indices(std::string_view option, const std::string& text, std::size_t count);

/// How many runs at a time, and threads of each (0: the run's own), on a machine with so many cores.
struct Shares {
  int jobs = 1;
  int threads = 1;
};
Shares share_cores(const SweepOptions& options, std::size_t runs, int cores);

/// What a run needs: nothing, a start, to be continued, or to be started anew.
enum class Need { none, start, resume, restart };
Need need_of(const PlannedRun& run, const RunStanding& standing, bool failed_too);

/// Runs what is not complete. `tell` hears of each run that ends. Errors: Failure(io), Failure(no_input).
SweepReport play_sweep(const SweepFolder& folder, const SweepPlan& plan, const SweepOptions& options,
                       const std::function<void(const RunEnd&)>& tell);

}  // namespace fedtide
