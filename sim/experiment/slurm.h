#pragma once
// A sweep on a cluster: one batch script for arrays of tasks, as many arrays as the site's MaxArraySize asks for.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "sim/experiment/sweep_manifest.h"

namespace fedtide {

struct SlurmOptions {
  int at_a_time = 0;        ///< tasks of an array at a time; 0: no limit
  int runs_per_task = 1;    ///< one after the other
  int threads = 1;          ///< of each run, and cores of each task
  int signal_room = 120;    ///< seconds before the time limit at which a task is told to stop
  int most_restarts = 100;  ///< of a task
  std::string header;       ///< the site's own lines, put behind ours
};

/// What the tasks of one submission run: indices such as "3,5-7" for each task.
using TaskList = std::vector<std::string>;
TaskList make_tasks(const std::vector<std::size_t>& runs, int runs_per_task);

/// One array: tasks 0 to count - 1 stand in the list from line `offset` on.
struct ArrayChunk {
  std::size_t offset = 0;
  std::size_t count = 0;
};
/// Every task once, no index of an array at MaxArraySize or above.
std::vector<ArrayChunk> chunk_tasks(std::size_t tasks, std::size_t max_array_size);

/// The batch script; it takes the list's path and an offset as arguments. Paths are absolute.
std::string batch_script(const SweepFolder& folder, const std::string& name, const std::string& program,
                         const SlurmOptions& options);

/// MaxArraySize of `scontrol show config`. Errors: Failure(failed) when Slurm does not answer.
std::size_t max_array_size();

/// State by run index ("PENDING", "RUNNING") of what is queued of earlier submissions. Errors: Failure(failed) when
/// Slurm does not answer.
std::map<std::size_t, std::string> queued_runs(const SweepFolder& folder);

/// A job array that was submitted.
struct SubmittedArray {
  std::string job;
  ArrayChunk chunk;
};

/// Writes script and list, submits the arrays, and records each at once. Errors: Failure(failed) when sbatch refuses
/// one: the message says what was submitted before.
std::vector<SubmittedArray> submit(const SweepFolder& folder, const std::string& name, const TaskList& tasks,
                                   const SlurmOptions& options);

/// What `submit` would write and call, as text.
std::string submission_text(const SweepFolder& folder, const std::string& name, const TaskList& tasks,
                            const SlurmOptions& options, std::size_t max_array_size);

}  // namespace fedtide
