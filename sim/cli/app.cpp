#include "sim/cli/app.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Error.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>

#include "sim/base/remark.h"
#include "sim/base/text.h"
#include "sim/cli/ranks.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/run.h"
#include "sim/record/hdf5_file.h"

namespace fedtide {
namespace {

constexpr const char* kExamples = R"(
Examples:
  fedtide run scenarios/quickstart.yaml                      run an experiment
  fedtide run exp.yaml seed=2 training.optimizer.lr=0.05     with other values
  fedtide resume results/quickstart-1f3a9c2b                 go on with one that was stopped or killed
  fedtide sweep exp.yaml seed=1,2,3 -o out/seeds             many runs, side by side
  fedtide check exp.yaml                                     all mistakes, without running
  fedtide describe algorithm                                 what can be written, and what it means
  fedtide list algorithms                                    what there is
  fedtide data info exp.yaml                                 what is in the data of an experiment
  fedtide explain exp.yaml                                   what a run will be like, without training
  fedtide verify results/quickstart                          whether a run obeys what must hold of all
)";

void print_error(const Session& session, const std::string& message) {
  const char* red = session.color ? "\033[31m" : "";
  const char* plain = session.color ? "\033[0m" : "";
  say("{}error:{} {}\n", red, plain, message);
}

std::vector<std::string> verbs(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> long_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string no_such_option(const CLI::App& app, const std::string& word) {
  const std::string option = word.substr(0, word.find('='));
  return fmt::format("there is no option \"{}\"{}", option, suggestion(option, long_options(app)));
}

/// What is wrong behind a verb.
std::string explain_verb(const CLI::App& verb, const CLI::ParseError& error) {
  const std::vector<std::string> left = verb.remaining();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) && !left.empty()) {
    const std::string& word = left.front();
    return word.starts_with('-') ? no_such_option(verb, word) : fmt::format("\"{}\" is one word too many", word);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) {
    const std::string what = error.what();
    return fmt::format("{} takes one value", what.substr(0, what.find(':')));
  }
  return error.what();
}

/// What CLI11 says of a wrong command line, in our words.
std::string explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (argc < 2) return "no command given; commands are: " + join(verbs(app)) + "; see fedtide --help";
  const CLI::App* verb = &app;
  std::string so_far;
  for (int word = 1; !verbs(*verb).empty(); ++word) {
    const auto known = verbs(*verb);
    const std::string place = so_far.empty() ? "" : so_far + ": ";
    if (word == argc) return fmt::format("{}no command given; commands are: {}", place, join(known));
    const std::string next = argv[word];
    if (next.starts_with('-')) return place + no_such_option(*verb, next) + "; see fedtide --help";
    if (std::find(known.begin(), known.end(), next) == known.end()) {
      return fmt::format("{}there is no command \"{}\"{}", place, next, suggestion(next, known));
    }
    verb = verb->get_subcommand(next);
    so_far += (so_far.empty() ? "" : " ") + next;
  }
  return fmt::format("{}: {}; see fedtide {} --help", so_far, explain_verb(*verb, error), so_far);
}

ExitCode report(const Session& session, ExitCode code, const std::string& message) {
  print_error(session, message);
  return code;
}

ExitCode act(const Session& session) {
  const RemarkListener remarks([](const std::string& sentence) { say("note: {}\n", sentence); });
  try {
    return session.action();
  } catch (const ConfigError& error) {
    // Each line starts with its place, as a compiler's does, so that editors can jump there.
    say("{}\n", error.what());
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

/// A descriptor 0, 1 or 2 that is closed would be the number of the next file opened, which messages would then end up
/// in.
void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
      [[maybe_unused]] const int lowest_free = open("/dev/null", O_RDWR);
    }
  }
}

/// Makes sure that results arrived.
ExitCode deliver(const Session& session, ExitCode code) {
  const int error = stdout_error();
  if (error == 0) return code;
  return report(session, ExitCode::io,
                fmt::format("stdout: cannot write the result: {}", std::generic_category().message(error)));
}

std::string command_line(int argc, char** argv) {
  std::string words;
  for (int i = 0; i < argc; ++i) words += (i ? " " : "") + std::string(argv[i]);
  // Of words that are no UTF-8 the record keeps what can be read.
  return nlohmann::json::parse(nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

namespace {

/// Results are out before the others are let go: a launcher ends everybody when one ends with an error.
int leave(const Session& session, ExitCode code) {
  return session.ranks->leave(static_cast<int>(deliver(session, code)));
}

}  // namespace

int run_app(int argc, char** argv) {
  open_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that leaves must not end a run
  prepare_hdf5();

  Ranks ranks;
  Session session;
  session.ranks = &ranks;
  session.color = use_color(STDERR_FILENO);
  session.command = command_line(argc, argv);
  CLI::App app("Fedtide: a discrete-event simulator of federated learning", "fedtide");
  app.set_version_flag("--version", program_version());
  app.require_subcommand(1);
  app.footer(kExamples);
  for (const auto add : {add_run, add_resume, add_sweep, add_status, add_summary, add_compare, add_check, add_describe,
                         add_list, add_schema, add_hash, add_data, add_explain, add_verify})
    add(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    const int code = ranks.leads() ? app.exit(success) : 0;  // --help, --version
    return leave(session, static_cast<ExitCode>(code));
  } catch (const CLI::ParseError& error) {
    return leave(session, report(session, ExitCode::usage, explain(app, error, argc, argv)));
  }
  const bool takes_part = ranks.leads() || session.shared;
  return leave(session, takes_part ? act(session) : ExitCode::done);
}

}  // namespace fedtide
