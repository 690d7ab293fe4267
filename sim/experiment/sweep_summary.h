#pragma once
// A sweep in numbers: one row a run, means over seeds, and differences paired by seed.

#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/run_standing.h"
#include "sim/experiment/sweep_manifest.h"

namespace fedtide {

struct SummaryRow {
  PlannedRun run;
  RunStanding standing;
  std::optional<MetricPoint> target;  ///< the first evaluation that reached it
};

/// The rows of a sweep in order. Errors: those of read_manifest; Failure(usage) when runs have metrics and none is the
/// one asked for.
std::vector<SummaryRow> summarize(const SweepFolder& folder, const Goal& goal, const std::optional<double>& target);

/// True when no run has a value of the metric.
bool has_no_value(const std::vector<SummaryRow>& rows);

/// Head and cells of a table, as text; cells without a value are empty.
using Cells = std::vector<std::vector<std::string>>;

/// One row a run: index, run, parameters, seed, status, exit_code, rounds, time_s, bytes, final_<metric>,
/// best_<metric>, and with a target rounds_to_target, time_s_to_target and bytes_to_target.
Cells run_table(const std::vector<SummaryRow>& rows, const Goal& goal, bool has_target);

/// One row a combination of the parameters other than the seed: n, the complete runs, over which alone means are taken;
/// n_failed, the failed ones; n_unfinished, the others; mean and sd (with n - 1) of what run_table has; of targets over
/// the n_reached runs that reached them.
Cells seed_table(const std::vector<SummaryRow>& rows, const Goal& goal, bool has_target);

/// RFC 4180, with LF.
std::string to_csv(const Cells& cells);

/// Of n pairs: the mean of the differences and its interval by Student's t.
struct PairedDifference {
  std::size_t n = 0;
  double mean = 0;
  double sd = 0;   ///< with n - 1; NaN for n < 2
  double low = 0;  ///< of the 95 % confidence interval; NaN for n < 2
  double high = 0;
};
PairedDifference paired_difference(const std::vector<double>& a, const std::vector<double>& b);

/// One row for each combination of the other parameters and each value of the key `by` but the baseline: the metric of
/// the runs with that value less that of the runs with the baseline, paired by seed; only pairs of which both are
/// complete count, the others are in n_missing. `baseline` empty: the first value. `best`: of the best values, else of
/// the final ones. Errors: Failure(usage) for a key that is not swept or a value that it has not.
Cells comparison_table(const std::vector<SummaryRow>& rows, const std::string& by, const std::string& baseline,
                       const Goal& goal, bool best);

}  // namespace fedtide
