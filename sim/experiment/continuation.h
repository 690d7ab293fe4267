#pragma once
// What is in a run's directory already, and what that means for a start there.

#include <filesystem>
#include <optional>
#include <string>

#include "sim/record/run_directory.h"

namespace fedtide {

struct ResolvedTexts;

/// How a start finds the directory.
enum class Start {
  fresh,      ///< no run is there
  replacing,  ///< one that is to be replaced
  resuming,   ///< one of the same experiment that is not at its end
  over,       ///< one of the same experiment that is
};

struct Standing {
  Start start = Start::fresh;
  RunInfo before;  ///< of the run that is there, unless `fresh`
};

/// Looks at a directory. Failure(no_output) when the run there is of another experiment, with the values that differ;
/// Failure(data_damaged) when it is complete but for a trajectory that is damaged or gone.
Standing standing_of(const std::filesystem::path& directory, bool force, const ResolvedTexts& resolved);

/// The run of the same experiment that is in a directory and at its end. Failure(data_damaged) as above.
std::optional<RunInfo> finished_run(const std::filesystem::path& directory, const ResolvedTexts& resolved);

/// "data.clients is 100 there and 200 here" for each key in which two resolved configs differ, as JSON texts, but for
/// execution and output. At most five, then how many more.
std::string differences(const std::string& there, const std::string& here);

}  // namespace fedtide
