// fedtide run EXPERIMENT [a.b=c ...]: one run from a YAML file to a run directory.

#include "sim/experiment/run.h"

#include <fmt/format.h>

#include "sim/cli/app.h"
#include "sim/cli/ranks.h"
#include "sim/cli/run_in_terminal.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/load.h"

namespace fedtide {
namespace {

struct RunArguments {
  std::string experiment;
  std::vector<std::string> overrides;
  std::string output;
  std::string executor;
  std::string threads;  ///< as written: a mistake in it is shown like one in the file
  bool force = false;
  bool dry_run = false;
  bool json = false;
  bool quiet = false;
};

/// The flags that are shorthands for overrides.
std::vector<std::string> all_overrides(const RunArguments& arguments) {
  std::vector<std::string> words = arguments.overrides;
  if (!arguments.threads.empty()) words.push_back("execution.threads=" + arguments.threads);
  if (!arguments.executor.empty()) words.push_back("execution.executor=" + arguments.executor);
  return words;
}

/// results/<name>-<first 8 digits of the config's hash>
std::string default_output(const LoadedExperiment& loaded) {
  std::string name;
  for (const char c : loaded.config.name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    name += plain ? c : '-';
  }
  return fmt::format("results/{}-{}", name, hash_text(loaded.resolved.canonical).substr(0, 8));
}

ExitCode run(const RunArguments& arguments, const Session& session) {
  const auto load = [&] { return load_experiment(arguments.experiment, all_overrides(arguments)); };
  if (!session.ranks->leads()) {
    session.ranks->help(load);
    return ExitCode::done;
  }
  LoadedExperiment loaded = session.ranks->load(load);
  if (arguments.dry_run) {
    show_result("{}", arguments.json ? loaded.resolved.json : loaded.resolved.yaml);
    return ExitCode::done;
  }
  if (loaded.sweep) {
    throw ConfigError({{*loaded.sweep, "sweep",
                        fmt::format("describes many runs; start them with: fedtide sweep {0}; one run without it is: "
                                    "fedtide run {0} sweep=null",
                                    arguments.experiment)}});
  }
  const std::string directory = arguments.output.empty() ? default_output(loaded) : arguments.output;
  if (!arguments.quiet) say("run {}\n", directory);
  session.ranks->begin(loaded);
  return run_in_terminal(loaded, {directory, arguments.force, session.command, session.ranks->post()},
                         {arguments.json, arguments.quiet});
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("run", "Run one experiment");
  const auto arguments = std::make_shared<RunArguments>();
  verb->add_option("EXPERIMENT", arguments->experiment, "YAML file")->required();
  verb->add_option("OVERRIDES", arguments->overrides, "values to use instead, as a.b=c");
  verb->add_option("-o,--output", arguments->output, "run directory; results/NAME-HASH when left out");
  verb->add_option("--threads", arguments->threads, "worker threads; 0: all cores (execution.threads)")->type_name("N");
  verb->add_option("--executor", arguments->executor, "tbb, inline or mpi (execution.executor)");
  verb->add_flag("--force", arguments->force, "replace a run that is in the directory");
  verb->add_flag("-n,--dry-run", arguments->dry_run, "print the resolved config and stop");
  verb->add_flag("--json", arguments->json, "print the summary (with -n, the config) as JSON");
  verb->add_flag("-q,--quiet", arguments->quiet, "no progress");
  verb->footer("Example: fedtide run exp.yaml seed=2 'data.partition={scheme: shards}' --output results/shards");
  verb->callback([&session, arguments] {
    session.shared = true;
    session.action = [&session, arguments] { return run(*arguments, session); };
  });
}

}  // namespace fedtide
