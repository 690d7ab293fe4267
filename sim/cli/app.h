#pragma once
// The command line: one verb a file, errors rewritten for people, exit codes in one place.

#include <CLI/App.hpp>
#include <functional>
#include <string>

#include "sim/base/error.h"

namespace fedtide {

class Ranks;

/// What a verb does once the command line is understood.
using Action = std::function<ExitCode()>;

/// The parsed command line of one process.
struct Session {
  Action action;
  std::string command;     ///< the command line as given
  bool color = false;      ///< of messages on stderr
  bool shared = false;     ///< the verb is for all ranks, not only the first
  Ranks* ranks = nullptr;  ///< processes that were started together; never null
};

int run_app(int argc, char** argv);

// Each adds its verb and sets session.action when it is the one given.
void add_run(CLI::App& app, Session& session);
void add_resume(CLI::App& app, Session& session);
void add_sweep(CLI::App& app, Session& session);
void add_status(CLI::App& app, Session& session);
void add_summary(CLI::App& app, Session& session);
void add_compare(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_describe(CLI::App& app, Session& session);
void add_list(CLI::App& app, Session& session);
void add_schema(CLI::App& app, Session& session);
void add_hash(CLI::App& app, Session& session);
void add_data(CLI::App& app, Session& session);
void add_explain(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);

}  // namespace fedtide
