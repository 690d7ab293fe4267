// fedtide run EXPERIMENT [a.b=c ...]: one run from a YAML file to a run directory.

#include "sim/experiment/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/load.h"

namespace fedtide {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

std::string_view stopping;  ///< what the first signal says

/// The first signal asks the run to end at the next event; the second leaves at once.
void on_signal(int signal) {
  if (interrupted.exchange(true)) _exit(128 + signal);
  const int before = errno;
  // The only thing left to do when this cannot be said is to stop silently.
  [[maybe_unused]] const ssize_t said = write(STDERR_FILENO, stopping.data(), stopping.size());
  errno = before;
}

void listen_to_signals(bool quiet) {
  if (!quiet)
    stopping =
        isatty(STDERR_FILENO) ? "\nstopping; once more leaves at once\n" : "stopping; once more leaves at once\n";
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

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

nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

void print_json(const RunReport& report, const std::string& directory) {
  nlohmann::ordered_json j;
  j["run"] = directory;
  j["status"] = name(report.info.status);
  j["reason"] = report.info.reason;
  j["rounds"] = report.rounds;
  j["time_s"] = report.virtual_seconds;
  j["test_accuracy"] = number_or_null(report.last_evaluation.test_accuracy);
  j["test_loss"] = number_or_null(report.last_evaluation.test_loss);
  j["best_accuracy"] = number_or_null(report.best_accuracy);
  for (std::size_t m = 0; m < report.last_evaluation.metrics.size(); ++m) {
    j["test_" + report.metrics[m]] = number_or_null(report.last_evaluation.metrics[m]);
  }
  j["bytes_down"] = report.bytes_down;
  j["bytes_up"] = report.bytes_up;
  if (report.accounts.energy) {
    j["energy_j"] = report.spent.energy.total();
    j["wasted_energy_j"] = report.wasted.energy.total();
  }
  if (report.accounts.carbon) j["carbon_g"] = report.spent.carbon_g;
  if (report.accounts.metered) j["metered_bytes"] = report.spent.metered_bytes;
  if (!report.session_shapes.empty()) j["sessions"] = report.session_shapes;
  j["wall_seconds"] = report.info.wall_seconds;
  // A directory's name may be no UTF-8.
  show_result("{}\n", j.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

/// "-v[]+^ 76.9 %, -v[]+# 21.1 %, -v[! 2.0 %": the most frequent first.
std::string shares_of(const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::pair<std::int64_t, std::string>> order;
  std::int64_t all = 0;
  for (const auto& [text, count] : counts) {
    order.emplace_back(-count, text);
    all += count;
  }
  std::sort(order.begin(), order.end());
  std::string text;
  for (const auto& [count, shape] : order) {
    text += fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", shape,
                        -100 * static_cast<double>(count) / static_cast<double>(all));
  }
  return text;
}

void print_energy(const RunReport& report) {
  const Energy& spent = report.spent.energy;
  const double wasted = spent.total() > 0 ? report.wasted.energy.total() / spent.total() : 0;
  show_result("{:<16}{}, {:.1f} % of it wasted; computing {}, receiving {}, sending {}, waiting {}\n", "energy",
              short_energy(spent.total()), 100 * wasted, short_energy(spent.compute_j), short_energy(spent.receive_j),
              short_energy(spent.send_j), short_energy(spent.idle_j));
}

void print_summary(const RunReport& report, const std::string& directory) {
  show_result("{:<16}{}\n", std::string(name(report.info.status)), report.info.reason);
  show_result("{:<16}{}\n", "rounds", report.rounds);
  if (std::isfinite(report.last_evaluation.test_accuracy)) {
    show_result("{:<16}{:.4f} (best {:.4f}), loss {:.4f}\n", "test accuracy", report.last_evaluation.test_accuracy,
                report.best_accuracy, report.last_evaluation.test_loss);
  } else if (std::isfinite(report.last_evaluation.test_loss)) {
    show_result("{:<16}{:.4f}\n", "test loss", report.last_evaluation.test_loss);
  }
  for (std::size_t m = 0; m < report.last_evaluation.metrics.size(); ++m) {
    const double value = report.last_evaluation.metrics[m];
    show_result("{:<16}{}\n", "test " + report.metrics[m],
                std::isfinite(value) ? fmt::format("{:.4f}", value) : "none");
  }
  show_result("{:<16}{}\n", "virtual time", short_time(report.virtual_seconds));
  show_result("{:<16}{} down, {} up\n", "network", short_bytes(static_cast<double>(report.bytes_down)),
              short_bytes(static_cast<double>(report.bytes_up)));
  if (report.accounts.metered) {
    show_result("{:<16}{} over links paid by the byte\n", "metered",
                short_bytes(static_cast<double>(report.spent.metered_bytes)));
  }
  if (report.accounts.energy) print_energy(report);
  if (report.accounts.carbon) show_result("{:<16}{} of CO2-equivalent\n", "carbon", short_mass(report.spent.carbon_g));
  if (!report.session_shapes.empty()) show_result("{:<16}{}\n", "sessions", shares_of(report.session_shapes));
  show_result("{:<16}{:.1f} s on {} thread{}\n", "wall time", report.info.wall_seconds, report.info.threads,
              report.info.threads == 1 ? "" : "s");
  show_result("{:<16}{}\n", "results", directory);
}

ExitCode run(const RunArguments& arguments, const std::string& command) {
  LoadedExperiment loaded = load_experiment(arguments.experiment, all_overrides(arguments));
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
  listen_to_signals(arguments.quiet);
  RunReport report;
  {
    Console console(loaded.config.stop, arguments.quiet);
    const RunOptions options{directory, arguments.force, command, &console};
    report = run_experiment(loaded.config, loaded.resolved, options, interrupted);
  }
  arguments.json ? print_json(report, directory) : print_summary(report, directory);
  return report.exit_code;
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("run", "Run one experiment");
  const auto arguments = std::make_shared<RunArguments>();
  verb->add_option("EXPERIMENT", arguments->experiment, "YAML file")->required();
  verb->add_option("OVERRIDES", arguments->overrides, "values to use instead, as a.b=c");
  verb->add_option("-o,--output", arguments->output, "run directory; results/NAME-HASH when left out");
  verb->add_option("--threads", arguments->threads, "worker threads; 0: all cores (execution.threads)")->type_name("N");
  verb->add_option("--executor", arguments->executor, "tbb or inline (execution.executor)");
  verb->add_flag("--force", arguments->force, "replace a run that is in the directory");
  verb->add_flag("-n,--dry-run", arguments->dry_run, "print the resolved config and stop");
  verb->add_flag("--json", arguments->json, "print the summary (with -n, the config) as JSON");
  verb->add_flag("-q,--quiet", arguments->quiet, "no progress");
  verb->footer("Example: fedtide run exp.yaml seed=2 'data.partition={scheme: shards}' --output results/shards");
  verb->callback(
      [&session, arguments] { session.action = [&session, arguments] { return run(*arguments, session.command); }; });
}

}  // namespace fedtide
