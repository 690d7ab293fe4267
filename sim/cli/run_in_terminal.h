#pragma once
// A run as a person sees it: progress, signals, a summary at its end. What `run` and `resume` share.

#include <filesystem>
#include <string>

#include "sim/base/error.h"
#include "sim/experiment/load.h"

namespace fedtide {

struct RunPlace {
  std::string directory;
  bool force = false;
  std::string command;   ///< the command line, for the record
  Post* post = nullptr;  ///< to the ranks that compute too; null: none
};
struct RunDisplay {
  bool json = false;
  bool quiet = false;
};

/// Runs, resumes, or says that it is over already; prints the summary.
ExitCode run_in_terminal(LoadedExperiment& loaded, const RunPlace& place, const RunDisplay& display);

}  // namespace fedtide
