#pragma once
// metrics.jsonl: one line a committed round while the run goes on, safe to `tail -f`; a kill tears at most the last
// line.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/federation/records.h"
#include "sim/record/posix_file.h"

namespace fedtide {

class MetricsLog {
 public:
  /// Creates or empties the file. Errors of this and below: Failure(io).
  /// `metrics`: names of EvaluationRecord::metrics; `accounts`: what the run knows of spending.
  /// `again`: a file that is there stays, and its lines are written again, the same, until cut().
  explicit MetricsLog(std::filesystem::path path, std::vector<std::string> metrics = {}, Accounts accounts = {},
                      bool again = false);

  /// The initial model's evaluation (round 0) is a line of its own.
  void initial(const EvaluationRecord& evaluation);
  /// A committed round with its evaluation, when there was one. One `write(2)`.
  void round(const RoundRecord& round, const std::optional<EvaluationRecord>& evaluation);
  /// What follows the last line that was written goes.
  void cut();

 private:
  std::filesystem::path path_;
  std::vector<std::string> metrics_;
  Accounts accounts_;
  FileDescriptor file_;
  std::int64_t end_ = 0;  // of the last line
};

/// The line without its newline: JSON with the shortest decimals that read back to the same doubles; what is not a
/// number is null. bytes_down and bytes_up are totals since the start; the counts, wasted_bytes and wasted_compute_s
/// are the round's own, as are spent_energy_j, wasted_energy_j, spent_carbon_g and spent_metered_bytes, where the run
/// knows them. Metrics that were asked for stand at the end, each as test_<name>.
std::string metrics_line(const RoundRecord& round, const std::optional<EvaluationRecord>& evaluation,
                         const std::vector<std::string>& metrics = {}, const Accounts& accounts = {});

}  // namespace fedtide
