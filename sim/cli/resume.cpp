// fedtide resume RUN: goes on with a run that was stopped or killed.

#include <fmt/format.h>

#include "sim/cli/app.h"
#include "sim/cli/ranks.h"
#include "sim/cli/run_in_terminal.h"
#include "sim/cli/terminal.h"

namespace fedtide {
namespace {

struct ResumeArguments {
  std::string directory;
  std::string executor;
  std::string threads;  ///< as written: a mistake in it is shown like one in a file
  bool json = false;
  bool quiet = false;
};

/// The experiment as the run's directory has it; how it is computed may change.
LoadedExperiment load_run(const ResumeArguments& arguments) {
  const std::filesystem::path directory = arguments.directory;
  const auto file = directory / "config.yaml";
  const std::optional<RunInfo> info = read_info(directory);
  if (!info) {
    throw Failure(ExitCode::no_input,
                  fmt::format("{}: holds no run: there is no run.json that can be read", arguments.directory));
  }
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    throw Failure(ExitCode::no_input, fmt::format("{}: is not there: the run was ended before it began; start it again "
                                                  "with fedtide run",
                                                  file.string()));
  }
  std::vector<std::string> overrides;
  if (!arguments.threads.empty()) overrides.push_back("execution.threads=" + arguments.threads);
  if (!arguments.executor.empty()) overrides.push_back("execution.executor=" + arguments.executor);
  return load_experiment(file.string(), overrides);
}

ExitCode resume(const ResumeArguments& arguments, const Session& session) {
  const auto load = [&] { return load_run(arguments); };
  if (!session.ranks->leads()) {
    session.ranks->help(load);
    return ExitCode::done;
  }
  LoadedExperiment loaded = session.ranks->load(load);
  if (!arguments.quiet) say("resume {}\n", arguments.directory);
  session.ranks->begin(loaded);
  return run_in_terminal(loaded, {arguments.directory, false, session.command, session.ranks->post()},
                         {arguments.json, arguments.quiet});
}

}  // namespace

void add_resume(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("resume", "Go on with a run that was stopped or killed");
  const auto arguments = std::make_shared<ResumeArguments>();
  verb->add_option("RUN", arguments->directory, "directory of the run")->required();
  verb->add_option("--threads", arguments->threads, "worker threads; 0: all cores (execution.threads)")->type_name("N");
  verb->add_option("--executor", arguments->executor, "tbb, inline or mpi (execution.executor)");
  verb->add_flag("--json", arguments->json, "print the summary as JSON");
  verb->add_flag("-q,--quiet", arguments->quiet, "no progress");
  verb->footer(
      "The run goes on from its newest checkpoint (output.checkpoint, output.checkpoint_every, signals) and gives the\n"
      "same bits as one that was never stopped, with any number of threads.\n"
      "Example: fedtide resume results/quickstart-1f3a9c2b");
  verb->callback([&session, arguments] {
    session.shared = true;
    session.action = [&session, arguments] { return resume(*arguments, session); };
  });
}

}  // namespace fedtide
