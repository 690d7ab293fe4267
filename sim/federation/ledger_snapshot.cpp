// Snapshots of the ledger, and the replay that starts from one. See snapshot.h.

#include <algorithm>

#include "sim/base/error.h"
#include "sim/federation/ledger.h"
#include "sim/federation/state_bytes.h"

namespace fedtide {
namespace {

[[noreturn]] void refuse(const Snapshot& snapshot, const std::string& what) {
  throw Failure(ExitCode::data_damaged,
                fmt::format("checkpoint: of round {}: {}; continue with the program that wrote it, or start anew with "
                            "--force",
                            snapshot.round, what));
}

}  // namespace

Snapshot Ledger::snapshot() const {
  FEDTIDE_REQUIRE(!timing_only() && !replaying(), "a snapshot where there are no values");
  Snapshot s;
  s.entries = resolved_entries_;
  s.timeline = resolved_timeline_;
  s.round = static_cast<std::int64_t>(raw(recorded_->number));
  for (const auto& [id, handle] : models_) {
    const ModelHandle model = handle.lock();
    if (model && model->ready()) s.models.push_back({id, model->weights, model->broadcast});
  }
  s.clients.assign(resolved_states_.begin(), resolved_states_.end());
  std::sort(s.clients.begin(), s.clients.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& handle : sums_) {
    const Sum sum = handle.lock();
    if (sum && sum->mean) s.sums.emplace_back(sum->id, state_bytes(*sum->mean));
  }
  s.server = state_bytes(*learning_->algorithm.server);
  s.aggregator = state_bytes(*learning_->aggregator);
  s.privacy = state_bytes(*learning_->privacy);
  s.train_score = train_score_;
  s.trained_samples = trained_samples_;
  s.update_norm = update_norm_;
  return s;
}

void Ledger::resume(Snapshot snapshot, RowSource& rows) {
  FEDTIDE_REQUIRE(!timing_only() && entered_ == 0, "a run that has begun is resumed");
  if (snapshot.entries == 0) return;
  Resumption r;
  r.entries = snapshot.entries;
  r.rows = &rows;
  for (Snapshot::Model& model : snapshot.models) r.models.emplace(model.id, std::move(model));
  for (auto& [id, bytes] : snapshot.sums) r.sums.emplace(id, std::move(bytes));
  snapshot.models.clear();
  snapshot.sums.clear();
  r.rest = std::move(snapshot);
  resumption_ = std::move(r);
  // The initial model again, for its value may be gone by then.
  models_.clear();
  next_model_ = 0;
  current_ = resolved_ = recorded_ = new_model(Version{0});
}

void Ledger::replay(Entry& entry) {
  if (auto* commit = std::get_if<Commit>(&entry)) {
    resolved_ = commit->version;
  } else if (auto* evaluation = std::get_if<Evaluate>(&entry)) {
    EvaluationRecord record;
    record.round = evaluation->round;
    record.at = evaluation->plan.at;
    record.clients = std::move(evaluation->plan.clients);
    resumption_->rows->fill(record);
    observer_.on_evaluation(record);
    last_evaluation_ = std::move(record);
  } else if (auto* round = std::get_if<RoundRecord>(&entry)) {
    resumption_->rows->fill(*round);
    recorded_ = resolved_;
    observer_.on_round(*round);
  } else if (auto* turn = std::get_if<ClientTrace>(&entry)) {
    resolve(*turn);
  } else if (auto* rest = std::get_if<Rest>(&entry)) {
    resolve(*rest);
  } else if (auto* sessions = std::get_if<std::shared_ptr<const Sessions>>(&entry)) {
    resolve(*sessions);
  }
  if (!replaying()) catch_up();
}

void Ledger::catch_up() {
  const Snapshot& s = resumption_->rest;
  resolved_entries_ = s.entries;
  resolved_timeline_ = timeline_.value();
  if (resolved_timeline_ != s.timeline)
    refuse(s, "this program plays another timeline than the one that it was taken of");
  if (!recorded_->ready() || !resolved_->ready()) refuse(s, "the model of its round is not in it");
  for (const auto& [client, value] : s.clients) {
    resolved_states_[client] = value;
    states_[client] = std::make_shared<ClientState>(ClientState{value, true});
  }
  for (const auto& [id, bytes] : resumption_->sums) {
    const Sum sum = id < sums_.size() ? sums_[id].lock() : nullptr;
    if (!sum) refuse(s, "it holds a sum that nobody has");
    sum->mean = std::make_unique<WeightedMean<float>>(learning_->model->size());
    restore_state(*sum->mean, bytes, "a sum of updates");
  }
  restore_state(*learning_->algorithm.server, s.server, "the method's server half");
  restore_state(*learning_->aggregator, s.aggregator, "the aggregator");
  restore_state(*learning_->privacy, s.privacy, "privacy");
  train_score_ = s.train_score;
  trained_samples_ = s.trained_samples;
  update_norm_ = s.update_norm;
  const std::uint64_t entries = resumption_->entries;
  resumption_.emplace();  // its values are the run's now
  resumption_->entries = entries;
  if (keeper_) keeper_->on_caught_up(*this);
}

void Ledger::require_caught_up() const {
  if (replaying()) refuse(resumption_->rest, "this program's timeline ends before it");
}

void Ledger::cut() {
  if (keeper_ && !timing_only() && !replaying()) keeper_->on_interrupted(*this);
  drop();
}

}  // namespace fedtide
