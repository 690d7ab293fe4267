#include "sim/experiment/slurm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/config/sweep_values.h"
#include "sim/experiment/command.h"
#include "sim/experiment/sweep_play.h"
#include "sim/record/atomic_file.h"
#include "sim/record/host.h"
#include "sim/record/posix_file.h"

namespace fedtide {
namespace {

using Json = nlohmann::ordered_json;

/// Without its last line end, and other lines behind the first.
std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// The answer of one of Slurm's commands. Errors: Failure(failed).
std::string ask_slurm(const std::vector<std::string>& words) {
  const CommandResult result = run_command(words);
  if (result.exit_code == 0) return result.out;
  const std::string why = result.exit_code == 127 ? "is not installed here, or not in the PATH"
                                                  : fmt::format("failed: {}", trimmed(result.err));
  throw Failure(ExitCode::failed, fmt::format("{}: {}", words.front(), why));
}

std::filesystem::path record_of(const SweepFolder& folder) { return folder.slurm() / "jobs.jsonl"; }

/// The file that runs now, as other machines see it.
std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Failure(ExitCode::io, fmt::format("/proc/self/exe: cannot be read: {}", error.message()));
  return path.string();
}

std::string lines_of(const TaskList& tasks) { return join(tasks, "\n") + "\n"; }

std::vector<std::string> sbatch_words(const ArrayChunk& chunk, const SlurmOptions& options, const std::string& script,
                                      const std::string& list) {
  const std::string limit = options.at_a_time > 0 ? fmt::format("%{}", options.at_a_time) : "";
  return {"sbatch", "--parsable", fmt::format("--array=0-{}{}", chunk.count - 1, limit),
          script,   list,         fmt::format("{}", chunk.offset)};
}

/// tasks-1.txt, tasks-2.txt: one a submission, for as long as its tasks may come back.
std::filesystem::path next_list(const SweepFolder& folder) {
  for (int number = 1;; ++number) {
    auto path = folder.slurm() / fmt::format("tasks-{}.txt", number);
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return path;
  }
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

SweepFolder absolute(const SweepFolder& folder) { return {std::filesystem::absolute(folder.root).lexically_normal()}; }

}  // namespace

std::size_t max_array_size() {
  std::istringstream config(ask_slurm({"scontrol", "show", "config"}));
  for (std::string line; std::getline(config, line);) {
    if (!line.starts_with("MaxArraySize")) continue;
    const std::size_t digits = line.find_first_of("0123456789");
    std::size_t size = 0;
    if (digits != line.npos) std::from_chars(line.data() + digits, line.data() + line.size(), size);
    if (size < 1) throw Failure(ExitCode::failed, "scontrol: MaxArraySize is 0: this site allows no job arrays");
    return size;
  }
  throw Failure(ExitCode::failed, "scontrol show config: says no MaxArraySize");
}

std::map<std::size_t, std::string> queued_runs(const SweepFolder& folder) {
  std::map<std::size_t, std::string> runs;
  const std::vector<std::string> records = read_lines(record_of(folder));
  if (records.empty()) return runs;
  // "<array job> <index> <state>" of each task that is not over.
  std::map<std::string, std::map<std::size_t, std::string>> queue;
  std::istringstream answer(ask_slurm({"squeue", "-h", "-r", "-o", "%F %K %T"}));
  for (std::string line; std::getline(answer, line);) {
    std::istringstream words(line);
    std::string job;
    std::string index;
    std::string state;
    if (!(words >> job >> index >> state)) continue;
    std::size_t task = 0;
    if (std::from_chars(index.data(), index.data() + index.size(), task).ec == std::errc()) queue[job][task] = state;
  }
  for (const std::string& line : records) {
    const Json record = Json::parse(line, nullptr, false);
    if (!record.is_object() || !queue.contains(record.value("job", ""))) continue;
    const std::vector<std::string> tasks = read_lines(folder.slurm() / record.value("list", ""));
    for (const auto& [task, state] : queue[record.value("job", "")]) {
      const std::size_t at = record.value("offset", std::size_t{0}) + task;
      if (at >= tasks.size()) continue;
      for (const std::size_t run : parse_indices("task", tasks[at], kMostSwept)) runs[run] = state;
    }
  }
  return runs;
}

std::vector<SubmittedArray> submit(const SweepFolder& relative, const std::string& name, const TaskList& tasks,
                                   const SlurmOptions& options) {
  const SweepFolder folder = absolute(relative);
  const std::vector<ArrayChunk> chunks = chunk_tasks(tasks.size(), max_array_size());
  std::error_code error;
  std::filesystem::create_directories(folder.slurm() / "logs", error);
  if (error) fail_system(ExitCode::no_output, folder.slurm(), "cannot create the directory", error.value());
  const auto script = folder.slurm() / "array.sbatch";
  const auto list = next_list(folder);
  write_atomically(script, batch_script(folder, name, own_program(), options));
  write_atomically(list, lines_of(tasks));
  std::vector<SubmittedArray> arrays;
  for (const ArrayChunk& chunk : chunks) {
    const CommandResult result = run_command(sbatch_words(chunk, options, script.string(), list.string()));
    if (result.exit_code != 0) {
      std::string before;
      for (const SubmittedArray& array : arrays) before += (before.empty() ? "" : ", ") + array.job;
      throw Failure(ExitCode::failed,
                    fmt::format("sbatch: refused tasks {} to {} of {}: {}; {}; the same command again submits the rest",
                                chunk.offset + 1, chunk.offset + chunk.count, tasks.size(), trimmed(result.err),
                                before.empty() ? "none was submitted" : "submitted before: job " + before));
    }
    std::string job = trimmed(result.out);
    job = job.substr(0, job.find(';'));  // "<job>;<cluster>"
    const Json record = {{"job", job},
                         {"list", list.filename().string()},
                         {"offset", chunk.offset},
                         {"tasks", chunk.count},
                         {"submitted", utc_now()}};
    const auto path = record_of(folder);
    write_all(open_file(path, O_WRONLY | O_CREAT | O_APPEND, ExitCode::io), path, record.dump() + "\n");
    arrays.push_back({job, chunk});
  }
  return arrays;
}

std::string submission_text(const SweepFolder& relative, const std::string& name, const TaskList& tasks,
                            const SlurmOptions& options, std::size_t max_array_size) {
  const SweepFolder folder = absolute(relative);
  const std::string script = (folder.slurm() / "array.sbatch").string();
  const std::string list = next_list(folder).string();
  std::string text = fmt::format("# {}\n{}\n# {}\n{}\n", script, batch_script(folder, name, own_program(), options),
                                 list, lines_of(tasks));
  for (const ArrayChunk& chunk : chunk_tasks(tasks.size(), max_array_size)) {
    std::vector<std::string> words;
    for (const std::string& word : sbatch_words(chunk, options, script, list)) {
      const bool is_plain =
          word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=%/.,") ==
          std::string::npos;
      words.push_back(is_plain ? word : shell_quoted(word));
    }
    text += "# " + join(words, " ") + "\n";
  }
  return text;
}

}  // namespace fedtide
