#include "sim/record/trajectory.h"

#include <utility>

#include "sim/base/error.h"
#include "sim/federation/traffic.h"
#include "sim/record/atomic_file.h"
#include "sim/record/trajectory_file.h"
#include "sim/record/trajectory_layout.h"

namespace fedtide {

namespace {

double seconds(Time time) { return time == Time::never() ? kMissing : time.seconds(); }

void put_spending(Spool& spool, const Spending& spending, const Accounts& accounts) {
  spool.put(spending.bytes_down).put(spending.bytes_up).put(spending.compute_s);
  if (accounts.energy) {
    const Energy& e = spending.energy;
    spool.put(e.compute_j).put(e.receive_j).put(e.send_j).put(e.idle_j);
  }
  if (accounts.carbon) spool.put(spending.carbon_g);
  if (accounts.metered) spool.put(spending.metered_bytes);
}

/// The values of account_columns().
void put_account(Spool& spool, const RoundRecord& record, const Accounts& accounts) {
  spool.put(record.dispatched);
  for (const std::int64_t count : record.outcomes) spool.put(count);
  spool.put(record.abandoned_rounds).put(record.total_bytes_down).put(record.total_bytes_up);
  put_spending(spool, record.spent, accounts);
  put_spending(spool, record.wasted, accounts);
}

}  // namespace

TrajectoryRecorder::TrajectoryRecorder(const std::filesystem::path& directory, Options options)
    : directory_(directory),
      options_(std::move(options)),
      metrics_(directory / "metrics.jsonl", options_.metrics, options_.accounts, options_.again),
      round_spool_(directory / ".spool" / "rounds", types_of(round_table(options_.metrics, options_.accounts))),
      evaluation_spool_(directory / ".spool" / "evaluations", types_of(evaluation_table(options_.metrics))),
      sampled_spool_(directory / ".spool" / "sampled", types_of(sampled_table())) {
  if (options_.trace != TraceDetail::none)
    trace_spool_.emplace(directory / ".spool" / "trace", types_of(trace_table(options_.accounts)));
}

TrajectoryRecorder::~TrajectoryRecorder() {
  // Before the spools go, so that the folder is empty; where it is not, someone else's file stays.
  std::error_code ignored;
  for (const char* name : {"rounds", "evaluations", "sampled", "trace", "rest"}) {
    std::filesystem::remove(directory_ / ".spool" / name, ignored);
  }
  std::filesystem::remove(directory_ / ".spool", ignored);
}

void TrajectoryRecorder::on_evaluation(const EvaluationRecord& record) {
  FEDTIDE_REQUIRE(
      record.client_accuracy.size() == record.clients.size() && record.client_loss.size() == record.clients.size(),
      "round {}: {} clients, {} accuracies, {} losses", record.round, record.clients.size(),
      record.client_accuracy.size(), record.client_loss.size());
  evaluation_spool_.put(record.round).put(record.at.seconds()).put(record.test_loss).put(record.test_accuracy);
  evaluation_spool_.put(record.test_samples).put(record.consensus_distance);
  put_metrics(evaluation_spool_, &record);
  evaluation_spool_.end_row();
  if (!record.confusion.empty()) confusion_ = record.confusion;
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

void TrajectoryRecorder::put_metrics(Spool& spool, const EvaluationRecord* record) const {
  for (std::size_t m = 0; m < options_.metrics.size(); ++m) {
    spool.put(record && !record->metrics.empty() ? record->metrics.at(m) : kMissing);
  }
}

void TrajectoryRecorder::spool_round(const RoundRecord& record, const std::optional<EvaluationRecord>& evaluation) {
  round_spool_.put(record.round).put(record.committed.seconds()).put(record.started.seconds());
  put_account(round_spool_, record, options_.accounts);
  round_spool_.put(record.trained_samples).put(record.train_loss).put(record.train_accuracy).put(record.update_norm);
  round_spool_.put(evaluation ? evaluation->test_loss : kMissing);
  round_spool_.put(evaluation ? evaluation->test_accuracy : kMissing);
  round_spool_.put(evaluation ? evaluation->consensus_distance : kMissing);
  put_metrics(round_spool_, evaluation ? &*evaluation : nullptr);
  round_spool_.end_row();
}

void TrajectoryRecorder::on_trace(const ClientTrace& record) {
  if (!trace_spool_) return;
  if (options_.trace == TraceDetail::sample && !is_traced(options_.seed, record.client, options_.trace_share)) return;
  Spool& spool = *trace_spool_;
  spool.put(record.round).put(raw(record.client)).put(record.turn).put(record.version);
  spool.put(seconds(record.dispatched)).put(seconds(record.downloaded)).put(seconds(record.computed));
  spool.put(seconds(record.ended)).put(static_cast<std::uint8_t>(record.phase));
  spool.put(static_cast<std::uint8_t>(record.outcome));
  put_spending(spool, record.spent, options_.accounts);
  if (options_.accounts.energy) spool.put(record.receive_s).put(record.send_s).put(record.idle_s);
  if (options_.accounts.pauses) spool.put(record.away_s);
  spool.end_row();
}

void TrajectoryRecorder::on_end(const RoundRecord& rest) {
  rest_spool_.emplace(directory_ / ".spool" / "rest", types_of(rest_table(options_.accounts)));
  rest_spool_->put(rest.round);
  put_account(*rest_spool_, rest, options_.accounts);
  rest_spool_->end_row();
}

void TrajectoryRecorder::on_sessions(const Sessions& sessions) {
  sessions_ = std::make_shared<const Sessions>(sessions);
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
    const bool sample = options_.trace == TraceDetail::sample;
    root.attribute("trace", !trace_spool_ ? "none" : sample ? "sample" : "clients");
    root.attribute("turns", options_.equal_turns ? "equal" : "different");
    root.attribute("trace_share", !trace_spool_ ? 0.0 : sample ? options_.trace_share : 1.0);
    write_table(root, "round", round_table(options_.metrics, options_.accounts), round_spool_);
    write_evaluations(root, options_.metrics, evaluation_spool_, sampled_spool_, sampled_counts_, confusion_);
    if (rest_spool_) write_rest(root, options_.accounts, *rest_spool_);
    if (sessions_) write_sessions(root, *sessions_);
    write_clients(root, last.clients, options_.accounts);
    if (last.partition) write_partition(root, *last.partition);
    if (trace_spool_) write_trace(root, options_.accounts, *trace_spool_);
    if (!last.weights.empty()) write_model(root, last);
    write_provenance(root, last);
  }
  file.close();
}

}  // namespace fedtide
