#include "sim/cli/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Error.hpp>
#include <CLI/Formatter.hpp>
#include <Eigen/Core>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "sim/base/text.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/run.h"
#include "sim/record/hdf5_file.h"

namespace fedtide {
namespace {

constexpr const char* kExamples = R"(
Examples:
  fedtide run scenarios/quickstart.yaml                      run an experiment
  fedtide run exp.yaml seed=2 training.optimizer.lr=0.05     with other values
  fedtide check exp.yaml                                     all mistakes, without running
  fedtide describe algorithm                                 what can be written, and what it means
  fedtide list algorithms                                    what there is
)";

void print_error(const Session& session, const std::string& message) {
  const char* red = session.color ? "\033[31m" : "";
  const char* plain = session.color ? "\033[0m" : "";
  fmt::print(stderr, "{}error:{} {}\n", red, plain, message);
}

std::vector<std::string> verbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

/// What CLI11 says of a wrong command line, in our words.
std::string explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (argc < 2) return "no command given; commands are: " + join(verbs(app)) + "; see fedtide --help";
  if (first[0] != '-') {
    const auto known = verbs(app);
    if (std::find(known.begin(), known.end(), first) == known.end()) {
      return fmt::format("there is no command \"{}\"{}", first, suggestion(first, known));
    }
    return fmt::format("{}: {}; see fedtide {} --help", first, error.what(), first);
  }
  return fmt::format("{}; see fedtide --help", error.what());
}

ExitCode report(const Session& session, ExitCode code, const std::string& message) {
  print_error(session, message);
  return code;
}

ExitCode act(const Session& session) {
  try {
    return session.action();
  } catch (const ConfigError& error) {
    // Each line starts with its place, as a compiler's does, so that editors can jump there.
    fmt::print(stderr, "{}\n", error.what());
    return error.code();
  } catch (const Failure& error) {
    return report(session, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return report(session, ExitCode::io, "out of memory; fedtide check says what an experiment needs");
  } catch (const std::exception& error) {
    return report(
        session, ExitCode::bug,
        fmt::format("{}; this is a bug in {}, please report it with the experiment", error.what(), program_version()));
  }
}

}  // namespace

int run_app(int argc, char** argv) {
  prepare_hdf5();
  // A product's bits depend on the cache sizes that Eigen believes in.
  Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);

  Session session;
  session.color = use_color(STDERR_FILENO);
  for (int i = 0; i < argc; ++i) session.command += (i ? " " : "") + std::string(argv[i]);
  CLI::App app("Fedtide: a discrete-event simulator of federated learning", "fedtide");
  app.set_version_flag("--version", program_version());
  app.require_subcommand(1);
  app.footer(kExamples);
  for (const auto add : {add_run, add_check, add_describe, add_list, add_schema, add_hash}) add(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(report(session, ExitCode::usage, explain(app, error, argc, argv)));
  }
  return static_cast<int>(act(session));
}

}  // namespace fedtide
