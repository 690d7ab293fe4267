// fedtide sweep EXPERIMENT [a.b=1,2 ...]: many runs from one file, side by side; the same command again continues.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <system_error>

#include "sim/base/text.h"
#include "sim/cli/app.h"
#include "sim/cli/ranks.h"
#include "sim/cli/sweep_slurm.h"
#include "sim/cli/sweep_table.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/sweep_play.h"
#include "sim/record/directory_lock.h"

namespace fedtide {
namespace {

constexpr const char* kExamples = R"(
Examples:
  fedtide sweep exp.yaml -o out/alpha                      the runs of its section sweep:
  fedtide sweep exp.yaml seed=1,2,3 algorithm.name=fedavg,fedprox -o out/a
  fedtide sweep exp.yaml 'training.optimizer.lr=logspace(-3,-1,5)' 'seed=range(1,6)' -n
  fedtide sweep out/alpha                                  go on with a sweep's directory
  fedtide sweep exp.yaml -o out/alpha --launcher slurm -j 20 --sbatch-header site.txt
  fedtide status out/alpha; fedtide summary out/alpha > summary.csv
Values: 1,2,3  choice(a,b)  range(n)  range(a,b)  range(a,b,step)  linspace(a,b,n)  logspace(a,b,n)
A shell needs quotes around brackets. In the file:
  sweep:
    grid: {algorithm.name: [fedavg, fedprox], data.partition.alpha: [0.1, 1, 10]}
    exclude: [{algorithm.name: fedprox, data.partition.alpha: 10}]
    seeds: 5
)";

struct SweepArguments {
  std::string experiment;
  std::vector<std::string> overrides;
  std::string output;
  std::string only;
  std::string task;
  std::string launcher = "local";
  SweepOptions options;
  SlurmArguments slurm;
  bool dry_run = false;
  bool json = false;
  bool quiet = false;
};

/// results/<name>-sweep
std::string default_output(const SweepPlan& plan) {
  std::string name;
  for (const char c : plan.name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    name += plain ? c : '-';
  }
  return fmt::format("results/{}-sweep", name);
}

/// A line for each run that ends.
class Teller {
 public:
  Teller(const SweepFolder& folder, std::size_t runs, bool quiet) : folder_(folder), runs_(runs), quiet_(quiet) {}

  void operator()(const RunEnd& end) const {
    const std::string run = fmt::format("run {} of {} ({})", end.run->index, runs_, end.run->text());
    if (end.standing.state == RunState::running) {
      say("{}: is being run by another process, and left to it\n", run);
    } else if (end.standing.state == RunState::complete && end.exit_code == 0) {
      if (quiet_) return;
      const std::string best =
          std::isfinite(end.standing.best_value) ? fmt::format(", best accuracy {:.4f}", end.standing.best_value) : "";
      say("{}: complete{}, {:.1f} s\n", run, best, end.standing.wall_seconds);
    } else {
      say("{}: {} with exit code {}{}{}; see {}\n", run, word_of(end), end.exit_code,
          end.standing.reason.empty() ? "" : ": " + end.standing.reason, end.will_retry ? "; it is tried again" : "",
          folder_.log(*end.run).string());
    }
  }

 private:
  static std::string_view word_of(const RunEnd& end) {
    if (end.exit_code == static_cast<int>(ExitCode::stopped)) return "stopped";
    return end.exit_code >= 128 ? "killed" : "failed";
  }

  const SweepFolder& folder_;
  std::size_t runs_;
  bool quiet_;
};

void print_report(const SweepReport& report, const std::string& directory) {
  std::string text = fmt::format("{} of {} runs complete", report.complete, report.selected);
  if (report.failed > 0) text += fmt::format(", {} failed", report.failed);
  if (report.killed > 0) text += fmt::format(", {} killed", report.killed);
  if (report.unfinished > 0) text += fmt::format(", {} unfinished", report.unfinished);
  if (report.elsewhere > 0) text += fmt::format(", {} run by another process", report.elsewhere);
  show_result("{}\n", text);
  if (report.left_failed > 0) {
    show_result("{} failed before with a result that would come out again; --failed runs them nevertheless\n",
                report.left_failed);
  }
  if (report.unfinished + report.killed + report.elsewhere > 0)
    show_result("go on with: fedtide sweep {}\n", directory);
  show_result("table: fedtide status {}; as CSV: fedtide summary {}\n", directory, directory);
}

/// The plan, and where: from a file, or from the directory of a sweep that goes on.
std::pair<SweepPlan, SweepFolder> find_sweep(const SweepArguments& arguments) {
  if (!holds_sweep(arguments.experiment)) {
    SweepPlan plan = plan_sweep(arguments.experiment, arguments.overrides);
    const std::string output = arguments.output.empty() ? default_output(plan) : arguments.output;
    return {std::move(plan), SweepFolder{output}};
  }
  if (!arguments.overrides.empty() || !arguments.output.empty()) {
    throw Failure(ExitCode::usage,
                  fmt::format("{}: is a sweep's directory, which goes on as it is; overrides and -o are "
                              "for a YAML file",
                              arguments.experiment));
  }
  const SweepFolder folder{arguments.experiment};
  return {read_manifest(folder), folder};
}

void make_directory(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return;
  throw Failure(ExitCode::no_output, fmt::format("{}: cannot create the directory: {}; choose another output directory",
                                                 path.string(), error.message()));
}

ExitCode play(const SweepArguments& arguments, const SweepFolder& folder, const SweepPlan& plan) {
  if (!arguments.quiet) say("sweep {}: {} runs\n", folder.root.string(), plan.runs.size());
  const SweepReport report =
      play_sweep(folder, plan, arguments.options, Teller(folder, plan.runs.size(), arguments.quiet));
  print_report(report, folder.root.string());
  return report.exit_code();
}

/// Some runs of a sweep that is started elsewhere: the sweep's lock is not needed, each run has its own.
ExitCode play_task(SweepArguments arguments) {
  const SweepFolder folder{arguments.experiment};
  const SweepPlan plan = read_manifest(folder);
  arguments.options.only = parse_indices("--task", arguments.task, plan.runs.size());
  arguments.options.jobs = std::max(1, arguments.options.jobs);
  return play(arguments, folder, plan);
}

ExitCode sweep(SweepArguments arguments) {
  if (!arguments.task.empty()) return play_task(arguments);
  auto [plan, folder] = find_sweep(arguments);
  SweepOptions& options = arguments.options;
  if (!arguments.only.empty()) options.only = parse_indices("--only", arguments.only, plan.runs.size());
  if (arguments.dry_run) {
    show_result("{}", arguments.json ? plan_json(plan) : plan_table(plan));
    return ExitCode::done;
  }
  if (options.threads == 0) options.threads = plan.threads;
  const bool is_slurm = arguments.launcher == "slurm";
  if (is_slurm && arguments.slurm.print) return launch_on_slurm(folder, plan, options, arguments.slurm);
  make_directory(folder.root);
  const DirectoryLock lock(folder.root);
  if (!holds_sweep(arguments.experiment)) write_manifest(folder, plan);
  return is_slurm ? launch_on_slurm(folder, plan, options, arguments.slurm) : play(arguments, folder, plan);
}

void check_launcher(const SweepArguments& arguments) {
  if (arguments.launcher != "local" && arguments.launcher != "slurm") {
    throw Failure(ExitCode::usage, fmt::format("--launcher {}: there is no such launcher{}", arguments.launcher,
                                               suggestion(arguments.launcher, {"local", "slurm"})));
  }
  const SlurmArguments& slurm = arguments.slurm;
  const bool speaks_of_slurm =
      slurm.print || !slurm.header_file.empty() || slurm.runs_per_task != 1 || slurm.signal_room != 120;
  if (arguments.launcher == "local" && speaks_of_slurm) {
    throw Failure(ExitCode::usage,
                  "--print, --sbatch-header, --runs-per-task and --signal-room are for --launcher slurm; add it");
  }
}

void add_slurm_options(CLI::App& verb, SweepArguments& arguments) {
  SlurmArguments& slurm = arguments.slurm;
  verb.add_option("--launcher", arguments.launcher, "local or slurm: job arrays, as many as MaxArraySize asks for");
  verb.add_flag("--print", slurm.print, "with slurm: print the batch script and the calls, submit nothing");
  verb.add_option("--sbatch-header", slurm.header_file,
                  "with slurm: file with lines for the script: #SBATCH --time=..., module load ...")
      ->type_name("FILE");
  verb.add_option("--runs-per-task", slurm.runs_per_task, "with slurm: runs of one task, one after the other")
      ->check(whole_number(1, 100000))
      ->type_name("N");
  verb.add_option("--signal-room", slurm.signal_room,
                  "with slurm: seconds before the time limit at which a run stops at a checkpoint; Slurm signals up to "
                  "60 s early")
      ->check(whole_number(1, 65535))
      ->type_name("S");
}

}  // namespace

void add_sweep(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("sweep", "Run many runs of one experiment, or go on with them");
  const auto arguments = std::make_shared<SweepArguments>();
  SweepOptions& options = arguments->options;
  verb->add_option("EXPERIMENT", arguments->experiment, "YAML file, or the directory of a sweep to go on with")
      ->required();
  verb->add_option("OVERRIDES", arguments->overrides, "values to use, as a.b=c, and to sweep, as a.b=1,2");
  verb->add_option("-o,--output", arguments->output, "directory; results/NAME-sweep when left out");
  verb->add_option("-j,--jobs", options.jobs,
                   "runs at a time; as many as there are cores when left out; with slurm, tasks of an array")
      ->check(whole_number(1, 4096))
      ->type_name("N");
  verb->add_option("--threads", options.threads,
                   "worker threads of each run; the cores divided by --jobs when left out")
      ->check(whole_number(1, 1024))
      ->type_name("N");
  verb->add_option("--only", arguments->only, "only these runs: 3,5-7")->type_name("RUNS");
  verb->add_flag("--failed", options.failed, "only the runs that failed, anew");
  verb->add_flag("--fail-fast", options.fail_fast, "stop all at the first failure");
  verb->add_option("--retry", options.retry, "how often to start a run that fails anew")
      ->check(whole_number(0, 1000))
      ->type_name("N");
  add_slurm_options(*verb, *arguments);
  verb->add_option("--task", arguments->task, "")->group("");  // what a batch task calls
  verb->add_flag("-n,--dry-run", arguments->dry_run, "read every run's config, print the table of runs, and stop");
  verb->add_flag("--json", arguments->json, "with -n, print the table as JSON");
  verb->add_flag("-q,--quiet", arguments->quiet, "say only what went wrong, and the end");
  verb->footer(kExamples);
  verb->callback([&session, arguments] {
    session.action = [&session, arguments] {
      session.ranks->require_alone("sweep");
      check_launcher(*arguments);
      return sweep(*arguments);
    };
  });
}

}  // namespace fedtide
