#pragma once
// The runs of a sweep, each with its whole config, read and checked before the first one starts.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fedtide {

struct PlannedRun {
  std::size_t index = 0;                                        ///< from 1, in the order of the sweep
  std::vector<std::pair<std::string, std::string>> parameters;  ///< swept keys in order, and their values as text
  std::int64_t seed = 0;
  std::string hash;    ///< of the config without what has no influence on results, 32 digits
  std::string config;  ///< resolved, as JSON; stands in the manifest's folder, empty when read from there

  /// "0007-1f3a9c2b": the run's directory, and its name in messages.
  std::string name() const;
  /// "algorithm.name=fedavg seed=2"
  std::string text() const;
};

struct SweepPlan {
  std::string name;                ///< the experiment's
  std::string experiment;          ///< the file's path as given
  std::vector<std::string> words;  ///< the overrides as given
  int threads = 0;                 ///< the largest execution.threads of a run; 0: none says
  std::vector<PlannedRun> runs;
};

/// Reads the file, its `sweep:` and the words, and the config of every run. Errors: ConfigError with every mistake of
/// every run (each once, with the first run that has it), also when two runs are the same experiment or nothing is
/// swept; Failure(no_input).
SweepPlan plan_sweep(const std::string& path, const std::vector<std::string>& words);

}  // namespace fedtide
