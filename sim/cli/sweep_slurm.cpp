#include "sim/cli/sweep_slurm.h"

#include <algorithm>
#include <map>

#include "sim/cli/terminal.h"
#include "sim/record/posix_file.h"

namespace fedtide {
namespace {

// Slurm's own default, for a script that is printed where there is no Slurm.
constexpr std::size_t kUsualArraySize = 1001;

/// Runs that need something, without those that stand in the queue.
std::vector<std::size_t> runs_to_submit(const SweepFolder& folder, const SweepPlan& plan, const SweepOptions& options,
                                        const std::map<std::size_t, std::string>& queued) {
  std::vector<std::size_t> runs;
  for (const PlannedRun& run : plan.runs) {
    const bool is_selected =
        options.only.empty() || std::find(options.only.begin(), options.only.end(), run.index) != options.only.end();
    if (!is_selected || queued.contains(run.index)) continue;
    const RunStanding standing = standing_of(folder.run(run), {}, true);
    if (options.failed && standing.state != RunState::failed) continue;
    if (need_of(run, standing, options.failed) != Need::none) runs.push_back(run.index);
  }
  return runs;
}

ExitCode print_submission(const SweepFolder& folder, const SweepPlan& plan, const TaskList& tasks,
                          const SlurmOptions& slurm) {
  std::size_t size = kUsualArraySize;
  try {
    size = max_array_size();
  } catch (const Failure& failure) {
    say("note: {}; MaxArraySize is taken as {}\n", failure.what(), size);
  }
  show_result("{}", submission_text(folder, plan.name, tasks, slurm, size));
  return ExitCode::done;
}

}  // namespace

ExitCode launch_on_slurm(const SweepFolder& folder, const SweepPlan& plan, const SweepOptions& options,
                         const SlurmArguments& arguments) {
  SlurmOptions slurm;
  slurm.at_a_time = options.jobs;
  slurm.runs_per_task = arguments.runs_per_task;
  slurm.threads = std::max(1, options.threads);
  slurm.signal_room = arguments.signal_room;
  if (!arguments.header_file.empty()) slurm.header = read_text(arguments.header_file);
  const std::map<std::size_t, std::string> queued =
      arguments.print ? std::map<std::size_t, std::string>{} : queued_runs(folder);
  const std::vector<std::size_t> runs = runs_to_submit(folder, plan, options, queued);
  if (!queued.empty()) show_result("{} runs are queued already\n", queued.size());
  if (runs.empty()) {
    show_result("nothing to submit; table: fedtide status {}\n", folder.root.string());
    return ExitCode::done;
  }
  const TaskList tasks = make_tasks(runs, slurm.runs_per_task);
  if (arguments.print) return print_submission(folder, plan, tasks, slurm);
  for (const SubmittedArray& array : submit(folder, plan.name, tasks, slurm)) {
    show_result("job {}: tasks {} to {} of {}\n", array.job, array.chunk.offset + 1,
                array.chunk.offset + array.chunk.count, tasks.size());
  }
  show_result("{} runs submitted; how they stand: fedtide status {}\n", runs.size(), folder.root.string());
  return ExitCode::done;
}

}  // namespace fedtide
