#pragma once
// A run from its config to its directory.

#include <atomic>
#include <filesystem>
#include <map>
#include <string>

#include "sim/experiment/play.h"
#include "sim/record/run_directory.h"

namespace fedtide {

/// The resolved config as text, made by sim/config.
struct ResolvedTexts {
  std::string yaml;
  std::string json;
  std::string canonical;  ///< without what has no influence on results; what the config's hash is of
};

struct RunOptions {
  std::filesystem::path directory;
  bool force = false;
  std::string command;           ///< the command line, for the record
  Observer* progress = nullptr;  ///< told of everything too; may be null
  Post* post = nullptr;          ///< to the ranks that compute too; null: none
};

struct RunReport {
  RunInfo info;
  bool was_over =
      false;  ///< it had come to its end before, and nothing was done: only info and exit_code are filled in
  StopReason stopped;
  ExitCode exit_code = ExitCode::done;
  double virtual_seconds = 0;
  std::int64_t rounds = 0;
  std::int64_t bytes_down = 0;
  std::int64_t bytes_up = 0;
  Accounts accounts;                 ///< what is known of these two
  Spending spent;                    ///< by everyone
  Spending wasted;                   ///< by clients whose report was not used
  EvaluationRecord last_evaluation;  ///< round -1 when there was none
  double best_accuracy = kMissing;
  std::vector<std::string> metrics;                    ///< names of last_evaluation.metrics
  std::map<std::string, std::int64_t> session_shapes;  ///< of a protocol with check-ins
};

/// "fedtide 0.1.0"
std::string program_version();
/// Compiler, flags, and which kernels this processor gets: what bits depend on.
std::string program_build();

/// Loads, plays, records. The directory is locked and written before data are loaded. Where the same experiment's run
/// is in it and not at its end, that run goes on from its newest checkpoint, or starts again where there is none; one
/// that is at its end is left as it is. Errors: Failure; run.json then says failed.
RunReport run_experiment(ExperimentConfig& config, const ResolvedTexts& resolved, const RunOptions& options,
                         const std::atomic<bool>& interrupted);

}  // namespace fedtide
