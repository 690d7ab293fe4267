// The batch script and what its tasks do: text only, nothing is called.

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/experiment/command.h"
#include "sim/experiment/slurm.h"

namespace fedtide {
namespace {

// %1 and so on are not used, since the script is full of braces and percent signs.
constexpr std::string_view kBody = R"(
# Arguments: the list of tasks, a line each, and the line before the one of task 0.
runs=$(sed -n "$(($2 + SLURM_ARRAY_TASK_ID + 1))p" "$1")
pid=
# Slurm signals this shell (or all processes at once); a run stops at a checkpoint when it gets USR1, however often.
trap '[ -n "$pid" ] && kill -USR1 "$pid" 2>/dev/null' USR1 TERM
@PROGRAM@ sweep @FOLDER@ --task "$runs" --threads @THREADS@ &
pid=$!
# A signal ends a wait before its process.
while kill -0 "$pid" 2>/dev/null; do wait "$pid"; done
wait "$pid"
code=$?
if [ "$code" = 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt @RESTARTS@ ]; then
  task="${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
  if ! command -v scontrol >/dev/null; then
    echo "scontrol is not found, so this task does not come back; give the sweep's command again to go on" >&2
  # Only a task that Slurm lets run: one that was canceled must not bring itself back, and one that is being requeued
  # needs no help. This one task, not the array.
  elif scontrol show job "$task" -o | grep -q 'JobState=RUNNING' && scontrol requeue "$task"; then
    # To leave now would count as a failure, and the task would not come back.
    sleep 600 &
    wait $!
  fi
fi
exit "$code"
)";

std::string filled(std::string text, std::string_view mark, const std::string& value) {
  for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

}  // namespace

TaskList make_tasks(const std::vector<std::size_t>& runs, int runs_per_task) {
  FEDTIDE_REQUIRE(runs_per_task >= 1, "{} runs a task", runs_per_task);
  TaskList tasks;
  for (std::size_t start = 0; start < runs.size(); start += static_cast<std::size_t>(runs_per_task)) {
    std::vector<std::string> words;
    const std::size_t end = std::min(runs.size(), start + static_cast<std::size_t>(runs_per_task));
    for (std::size_t i = start; i < end; ++i) words.push_back(fmt::format("{}", runs[i]));
    tasks.push_back(join(words, ","));
  }
  return tasks;
}

std::vector<ArrayChunk> chunk_tasks(std::size_t tasks, std::size_t max_array_size) {
  FEDTIDE_REQUIRE(max_array_size >= 1, "MaxArraySize {}", max_array_size);
  std::vector<ArrayChunk> chunks;
  // The limit is of the index, which begins at 0.
  for (std::size_t offset = 0; offset < tasks; offset += max_array_size) {
    chunks.push_back({offset, std::min(max_array_size, tasks - offset)});
  }
  return chunks;
}

std::string batch_script(const SweepFolder& folder, const std::string& name, const std::string& program,
                         const SlurmOptions& options) {
  std::string text = "#!/bin/bash\n";
  text += fmt::format("#SBATCH --job-name={}\n", shell_quoted(name));
  text += fmt::format("#SBATCH --ntasks=1 --cpus-per-task={}\n", options.threads);
  text += "#SBATCH --requeue --open-mode=append\n";
  text += fmt::format("#SBATCH --output={}\n", shell_quoted((folder.slurm() / "logs" / "%A_%a.log").string()));
  text += fmt::format("#SBATCH --signal=B:USR1@{}\n", options.signal_room);
  if (!options.header.empty()) text += options.header + (options.header.ends_with('\n') ? "" : "\n");
  std::string body(kBody);
  body = filled(std::move(body), "@PROGRAM@", shell_quoted(program));
  body = filled(std::move(body), "@FOLDER@", shell_quoted(folder.root.string()));
  body = filled(std::move(body), "@THREADS@", fmt::format("{}", options.threads));
  body = filled(std::move(body), "@RESTARTS@", fmt::format("{}", options.most_restarts));
  return text + body;
}

}  // namespace fedtide
