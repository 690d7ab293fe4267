#include "sim/experiment/sweep_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "sim/base/text.h"
#include "sim/config/overrides.h"
#include "sim/config/sweep_expand.h"
#include "sim/config/sweep_section.h"
#include "sim/config/sweep_values.h"
#include "sim/config/yaml.h"
#include "sim/experiment/load.h"
#include "sim/record/hash.h"

namespace fedtide {
namespace {

bool is_of_section(const std::string& word) {
  const std::string key = word.substr(0, word.find('='));
  return key == "sweep" || key.starts_with("sweep.");
}

/// The sweep that file and words describe; `root` becomes the experiment without it.
Sweep read_all(Node& root, const std::vector<std::string>& words, Problems& problems) {
  std::vector<std::string> others = words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_of_section(words[i])) continue;
    apply_override(root, words[i], static_cast<int>(i) + 1, problems);
    others[i].clear();
  }
  Sweep sweep = read_sweep(take_sweep(root), problems);
  const auto rest = take_sweep_words(others, sweep, problems);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] && !is_of_section(words[i])) apply_override(root, *rest[i], static_cast<int>(i) + 1, problems);
  }
  check_sweep(sweep, problems);
  return sweep;
}

/// Mistakes of the runs' configs, each once.
class RunMistakes {
 public:
  void add(const ConfigError& error, std::size_t run, const std::string& text) {
    for (const Problem& problem : error.problems()) {
      const Key key{problem.place.file, problem.place.line, problem.place.column, problem.path, problem.message};
      const auto [it, is_new] = found_.try_emplace(key, Seen{problem, run, text, 0});
      ++it->second.runs;
    }
  }

  void report(std::size_t runs, Problems& problems) const {
    for (const auto& [key, seen] : found_) {
      std::string message = seen.problem.message;
      if (seen.runs < runs) {
        const std::string more = seen.runs > 1 ? fmt::format(" and {} more", seen.runs - 1) : "";
        message += fmt::format(" (run {}{}: {})", seen.first, more, seen.text);
      }
      problems.add(seen.problem.place, seen.problem.path, message);
    }
  }

 private:
  using Key = std::tuple<std::string, int, int, std::string, std::string>;
  struct Seen {
    Problem problem;
    std::size_t first;
    std::string text;
    std::size_t runs;
  };
  std::map<Key, Seen> found_;
};

std::optional<PlannedRun> plan_run(const Node& base, const Assignments& assignments, std::size_t index,
                                   const std::vector<std::string>& words, SweepPlan& plan, RunMistakes& mistakes) {
  PlannedRun run;
  run.index = index;
  for (const Assignment& one : assignments) run.parameters.emplace_back(one.at->path, flow_text(one.value));
  try {
    Problems problems;
    problems.name_overrides(words);
    Node root = base;
    for (const Assignment& one : assignments) set_value(root, *one.at, one.value, problems);
    LoadedExperiment loaded = read_tree(root, problems);
    run.seed = static_cast<std::int64_t>(loaded.config.seed);
    run.hash = hash_text(loaded.resolved.canonical);
    run.config = std::move(loaded.resolved.json);
    plan.name = loaded.config.name;
    plan.threads = std::max(plan.threads, loaded.config.execution.threads);
    return run;
  } catch (const ConfigError& error) {
    mistakes.add(error, index, run.text());
    return std::nullopt;
  }
}

void refuse_equal_runs(const std::vector<PlannedRun>& runs, const std::vector<Assignments>& assignments,
                       Problems& problems) {
  std::unordered_map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto [it, is_new] = first.try_emplace(runs[i].hash, i);
    if (is_new) continue;
    problems.add(assignments[i].back().at->place, "sweep",
                 fmt::format("runs {} ({}) and {} ({}) are the same experiment; keys of execution and output make no "
                             "other one",
                             runs[it->second].index, runs[it->second].text(), runs[i].index, runs[i].text()));
  }
}

}  // namespace

std::string PlannedRun::name() const { return fmt::format("{:04}-{}", index, hash.substr(0, 8)); }

std::string PlannedRun::text() const {
  std::vector<std::string> words;
  for (const auto& [key, value] : parameters) words.push_back(key + "=" + value);
  return join(words, " ");
}

SweepPlan plan_sweep(const std::string& path, const std::vector<std::string>& words) {
  Node root = load_yaml_file(path);
  Problems problems;
  problems.name_overrides(words);
  const Sweep sweep = read_all(root, words, problems);
  problems.throw_if_any();
  if (sweep.empty()) {
    problems.add({path, 0, 0}, "",
                 "nothing is swept; give a key several values, for example seed=1,2,3, or write a section sweep:");
  }
  const std::vector<Assignments> assignments = expand(sweep, problems);
  problems.throw_if_any();
  SweepPlan plan{"", path, words, 0, {}};
  RunMistakes mistakes;
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    auto run = plan_run(root, assignments[i], i + 1, words, plan, mistakes);
    if (run) plan.runs.push_back(std::move(*run));
  }
  Problems found;  // their paths are as shown already
  mistakes.report(assignments.size(), found);
  found.throw_if_any();
  refuse_equal_runs(plan.runs, assignments, problems);
  problems.throw_if_any();
  return plan;
}

}  // namespace fedtide
