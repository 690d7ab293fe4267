#pragma once
// Between a run and those who are told of it.

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "sim/experiment/run.h"
#include "sim/federation/traffic.h"
#include "sim/record/checkpoint_keeper.h"
#include "sim/record/trajectory.h"

namespace fedtide {

/// Passes everything on and keeps the figures that the end of a run needs. What a run that was taken up again tells
/// once more goes to the trajectory only, which is made anew.
class Recorder final : public Observer {
 public:
  /// `keeper` may be null.
  Recorder(TrajectoryRecorder& trajectory, Observer* progress, CheckpointKeeper* keeper, std::size_t population,
           const Accounts& accounts)
      : trajectory_(trajectory), progress_(progress), keeper_(keeper), turns_(population) {
    report.last_evaluation.round = -1;
    report.accounts = accounts;
    if (accounts.energy) joules_.resize(population);
  }

  void on_evaluation(const EvaluationRecord& record) override {
    trajectory_.on_evaluation(record);
    report.last_evaluation = record;
    report.best_accuracy = std::fmax(report.best_accuracy, record.test_accuracy);
    if (keeper_) keeper_->keep(record);
    if (progress_) progress_->on_evaluation(record);
  }
  void on_round(const RoundRecord& record) override {
    trajectory_.on_round(record);
    report.rounds = record.round;
    report.bytes_down = record.total_bytes_down;
    report.bytes_up = record.total_bytes_up;
    add(record);
    if (keeper_) keeper_->keep(record);
    if (tells()) progress_->on_round(record);
  }
  void on_trace(const ClientTrace& record) override {
    trajectory_.on_trace(record);
    // One after the other would wait for memory each time: a client's counts are fetched now and changed later.
    __builtin_prefetch(&turns_[raw(record.client)]);
    uncounted_.push_back({raw(record.client), record.outcome == Outcome::reported});
    if (uncounted_.size() == kUncounted) count_turns();
    if (!joules_.empty()) {
      const double joules = record.spent.energy.total();
      joules_[raw(record.client)].spent += joules;
      if (record.outcome != Outcome::reported) joules_[raw(record.client)].wasted += joules;
    }
    if (tells()) progress_->on_trace(record);
  }

  void on_end(const RoundRecord& rest) override {
    trajectory_.on_end(rest);
    report.bytes_down = rest.total_bytes_down;
    report.bytes_up = rest.total_bytes_up;
    add(rest);
    if (progress_) progress_->on_end(rest);
  }

  void on_sessions(const Sessions& sessions) override {
    trajectory_.on_sessions(sessions);
    report.session_shapes = sessions.shapes;
    if (progress_) progress_->on_sessions(sessions);
  }

  /// Before dispatched() and reported() are asked for.
  void count_turns() {
    for (const auto& [client, reported] : uncounted_) {
      ++turns_[client].dispatched;
      turns_[client].reported += reported ? 1 : 0;
    }
    uncounted_.clear();
  }
  std::uint32_t dispatched(std::size_t client) const { return turns_[client].dispatched; }
  std::uint32_t reported(std::size_t client) const { return turns_[client].reported; }
  double spent_j(std::size_t client) const { return joules_.empty() ? 0 : joules_[client].spent; }
  double wasted_j(std::size_t client) const { return joules_.empty() ? 0 : joules_[client].wasted; }

  RunReport report;

 private:
  static constexpr std::size_t kUncounted = 64;
  struct Turns {
    std::uint32_t dispatched = 0;
    std::uint32_t reported = 0;
  };
  struct Joules {
    double spent = 0;
    double wasted = 0;
  };
  void add(const RoundRecord& record) {
    report.spent += record.spent;
    report.wasted += record.wasted;
  }

  bool tells() const { return progress_ && !(keeper_ && keeper_->replaying()); }

  TrajectoryRecorder& trajectory_;
  Observer* progress_;
  CheckpointKeeper* keeper_;
  std::vector<Turns> turns_;                               // by client
  std::vector<std::pair<std::uint32_t, bool>> uncounted_;  // turns: client, and whether it reported
  std::vector<Joules> joules_;                             // by client; empty where the energy is not known
};

}  // namespace fedtide
