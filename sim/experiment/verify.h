#pragma once
// What must hold of every run, whatever was simulated: time goes on, every turn ends once, and the books add up.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/federation/records.h"
#include "sim/record/trace_sample.h"

namespace fedtide {

/// A run as it was recorded.
struct RecordedRun {
  std::uint64_t seed = 0;
  TraceDetail trace = TraceDetail::none;
  double trace_share = 1;                     ///< of the clients, with TraceDetail::sample
  bool equal_turns = true;                    ///< all turns receive and send the same
  Accounts accounts;                          ///< what it knows of spending
  std::vector<RoundRecord> rounds;            ///< round 0, the initial model, may be the first
  std::optional<RoundRecord> rest;            ///< none where the run was cut short
  std::vector<EvaluationRecord> evaluations;  ///< round and time only
  std::vector<ClientSummary> clients;         ///< dispatched, reported, and what accounts say
  std::vector<ClientTrace> turns;             ///< in the order in which they were booked
};

/// Reads a run directory or a trajectory. Errors: those of TrajectoryReader, and Failure(data_damaged) for values that
/// no run has.
RecordedRun read_run(const std::filesystem::path& run);

/// One law and how a run stands to it.
struct Finding {
  enum class Verdict { holds, broken, unchecked } verdict = Verdict::holds;
  std::string law;
  std::string text;  ///< where it is broken and by which values, or why it is not checked
};

/// All laws of what happened, in a fixed order; of a broken one the first place.
std::vector<Finding> verify(const RecordedRun& run);
/// That the small files beside a trajectory say the same as it does. `run` as read_run takes it.
std::vector<Finding> verify_files(const std::filesystem::path& run);

}  // namespace fedtide
