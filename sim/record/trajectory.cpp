#include "sim/record/trajectory.h"

#include <utility>

#include "sim/base/error.h"
#include "sim/record/atomic_file.h"
#include "sim/record/trajectory_file.h"
#include "sim/record/trajectory_layout.h"

namespace fedtide {

namespace {

double seconds(Time time) { return time == Time::never() ? kMissing : time.seconds(); }

}  // namespace

TrajectoryRecorder::TrajectoryRecorder(const std::filesystem::path& directory, Options options)
    : directory_(directory),
      options_(options),
      metrics_(directory / "metrics.jsonl"),
      round_spool_(directory / ".spool" / "rounds", types_of(round_table())),
      evaluation_spool_(directory / ".spool" / "evaluations", types_of(evaluation_table())),
      sampled_spool_(directory / ".spool" / "sampled", types_of(sampled_table())) {
  if (options_.trace) trace_spool_.emplace(directory / ".spool" / "trace", types_of(trace_table()));
}

TrajectoryRecorder::~TrajectoryRecorder() {
  // Before the spools go, so that the folder is empty; where it is not, someone else's file stays.
  std::error_code ignored;
  for (const char* name : {"rounds", "evaluations", "sampled", "trace"}) {
    std::filesystem::remove(directory_ / ".spool" / name, ignored);
  }
  std::filesystem::remove(directory_ / ".spool", ignored);
}

void TrajectoryRecorder::on_evaluation(const EvaluationRecord& record) {
  FEDTIDE_REQUIRE(
      record.client_accuracy.size() == record.clients.size() && record.client_loss.size() == record.clients.size(),
      "round {}: {} clients, {} accuracies, {} losses", record.round, record.clients.size(),
      record.client_accuracy.size(), record.client_loss.size());
  evaluation_spool_.append(record.round, record.at.seconds(), record.test_loss, record.test_accuracy,
                           record.test_samples);
  for (std::size_t i = 0; i < record.clients.size(); ++i) {
    sampled_spool_.append(std::int64_t{raw(record.clients[i])}, record.client_accuracy[i], record.client_loss[i]);
  }
  sampled_counts_.push_back(static_cast<std::int64_t>(record.clients.size()));
  if (record.round > 0) {
    evaluation_ = record;
    return;
  }
  RoundRecord initial;
  initial.started = initial.committed = record.at;
  spool_round(initial, record);
  metrics_.initial(record);
}

void TrajectoryRecorder::on_round(const RoundRecord& record) {
  std::optional<EvaluationRecord> evaluation;
  if (evaluation_ && evaluation_->round == record.round) evaluation = std::exchange(evaluation_, std::nullopt);
  spool_round(record, evaluation);
  metrics_.round(record, evaluation);
  ++rounds_;
}

void TrajectoryRecorder::spool_round(const RoundRecord& record, const std::optional<EvaluationRecord>& evaluation) {
  round_spool_.put(record.round).put(record.committed.seconds()).put(record.started.seconds()).put(record.dispatched);
  for (const std::int64_t count : record.outcomes) round_spool_.put(count);
  round_spool_.append(record.abandoned_rounds, record.total_bytes_down, record.total_bytes_up, record.spent.bytes_down,
                      record.spent.bytes_up, record.spent.compute_s, record.wasted.bytes_down, record.wasted.bytes_up,
                      record.wasted.compute_s, record.trained_samples, record.train_loss, record.train_accuracy,
                      record.update_norm, evaluation ? evaluation->test_loss : kMissing,
                      evaluation ? evaluation->test_accuracy : kMissing);
}

void TrajectoryRecorder::on_trace(const ClientTrace& record) {
  if (!trace_spool_) return;
  trace_spool_->append(record.round, raw(record.client), record.turn, record.version, seconds(record.dispatched),
                       seconds(record.downloaded), seconds(record.computed), seconds(record.ended),
                       static_cast<std::uint8_t>(record.phase), static_cast<std::uint8_t>(record.outcome),
                       record.spent.bytes_down, record.spent.bytes_up, record.spent.compute_s);
}

FileHash TrajectoryRecorder::finish(const TrajectoryFinal& last) {
  const auto target = directory_ / "trajectory.h5";
  AtomicFile file(target);
  write_file(file.temporary(), last);
  const FileHash hash = seal_file(file.temporary());
  file.commit();
  return hash;
}

void TrajectoryRecorder::write_file(const std::filesystem::path& path, const TrajectoryFinal& last) {
  Hdf5File file(path);
  {
    Hdf5Group root = file.root();
    write_root_attributes(root, last);
    write_table(root, "round", round_table(), round_spool_);
    write_evaluations(root, evaluation_spool_, sampled_spool_, sampled_counts_);
    write_clients(root, last.clients);
    if (last.partition) write_partition(root, *last.partition);
    if (trace_spool_) write_trace(root, *trace_spool_);
    if (!last.weights.empty()) write_model(root, last);
    write_provenance(root, last);
  }
  file.close();
}

}  // namespace fedtide
