#pragma once
// Everything recorded of a run: metrics.jsonl while it goes on, trajectory.h5 at its end. Rows go through spools on
// disk, so memory does not grow with the run.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/federation/records.h"
#include "sim/record/hash.h"
#include "sim/record/metrics_log.h"
#include "sim/record/spool.h"
#include "sim/record/trace_sample.h"

namespace fedtide {

/// Who holds what, one entry a client; a vector may be empty: it is then left out.
struct PartitionSummary {
  std::int64_t clients = 0;
  std::int64_t classes = 0;
  std::vector<std::uint32_t> label_count;  ///< [clients, classes], row-major: training samples
  std::vector<std::int64_t> train_samples;
  std::vector<std::int64_t> test_samples;
  std::vector<double> entropy;  ///< of the client's labels, in nats
  std::vector<double> emd;      ///< sum of |p - q| against all labels
  std::vector<double> js;       ///< Jensen-Shannon divergence against all labels, in nats
  /// Samples of the data set, client after client: client i holds train_samples[i] and test_samples[i] of them.
  std::span<const std::uint32_t> train_rows;
  std::span<const std::uint32_t> test_rows;
  std::span<const std::string> client_names;
};

/// A named part of the weights: elements [offset, offset + size).
struct WeightSpan {
  std::string name;
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

/// Where a result comes from. Differs between equal runs, so no digest covers it.
struct Provenance {
  std::string config_yaml;      ///< resolved
  std::string program_version;  ///< "fedtide 1.2.3"
  std::string compiler;
  std::string flags;
  std::string eigen_version;
  std::string cpu;
  std::string host;
  std::string command;
  std::string started;  ///< UTC, ISO 8601
  std::string ended;
  double wall_seconds = 0;
  std::int64_t threads = 0;
};

/// What is known only at the end of a run.
struct TrajectoryFinal {
  std::string title;  ///< the experiment's name
  std::uint64_t seed = 0;
  std::string status;       ///< "complete", "stopped", "failed"
  std::string stop_reason;  ///< "stop.rounds"
  std::vector<ClientSummary> clients;
  std::optional<PartitionSummary> partition;
  std::vector<float> weights;     ///< of the final model; may be empty
  std::int64_t version = 0;       ///< of the final model
  std::vector<WeightSpan> spans;  ///< of `weights`
  Provenance provenance;
};

/// Keeps a run. One thread.
class TrajectoryRecorder : public Observer {
 public:
  struct Options {
    TraceDetail trace = TraceDetail::none;  ///< which turns are kept
    double trace_share = 1;                 ///< of the clients, with TraceDetail::sample
    std::uint64_t seed = 0;                 ///< of the run: draws that sample
    std::vector<std::string> metrics = {};  ///< names of EvaluationRecord::metrics
    bool equal_turns = true;                ///< ProtocolSpec::equal_turns
    Accounts accounts = {};                 ///< what the run knows of spending: other columns are left out
    bool again = false;                     ///< the run is taken up again: metrics.jsonl stays until caught_up()
  };

  /// Creates metrics.jsonl and the spools (in `directory`/.spool, which must exist). Errors of this and below:
  /// Failure(io).
  TrajectoryRecorder(const std::filesystem::path& directory, Options options);
  ~TrajectoryRecorder() override;

  void on_evaluation(const EvaluationRecord& record) override;
  void on_round(const RoundRecord& record) override;
  void on_trace(const ClientTrace& record) override;
  void on_end(const RoundRecord& rest) override;
  void on_sessions(const Sessions& sessions) override;

  /// The rows of a run that was taken up again have all been told: what metrics.jsonl has beyond them goes.
  void caught_up() { metrics_.cut(); }

  std::int64_t rounds() const { return rounds_; }  ///< committed so far

  /// Builds trajectory.h5 under a temporary name, seals it with a hash and renames it: it is whole or absent. May be
  /// called again later with more rows. Returns what run.json keeps of the file.
  FileHash finish(const TrajectoryFinal& last);

 private:
  void put_metrics(Spool& spool, const EvaluationRecord* record) const;
  void spool_round(const RoundRecord& record, const std::optional<EvaluationRecord>& evaluation);
  void write_file(const std::filesystem::path& path, const TrajectoryFinal& last);

  std::filesystem::path directory_;
  Options options_;
  MetricsLog metrics_;
  Spool round_spool_;
  Spool evaluation_spool_;
  Spool sampled_spool_;
  std::optional<Spool> trace_spool_;
  std::optional<Spool> rest_spool_;             ///< one row: what happened after the last commit
  std::vector<std::int64_t> sampled_counts_;    ///< per evaluation: clients sampled
  std::optional<EvaluationRecord> evaluation_;  ///< waits for its round
  std::vector<double> confusion_;               ///< of the last evaluation that has one
  std::shared_ptr<const Sessions> sessions_;    ///< null: none were told of
  std::int64_t rounds_ = 0;
};

}  // namespace fedtide
