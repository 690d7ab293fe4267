#pragma once
// When a run's checkpoints are written, and which one a run is taken up from.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/record/checkpoint_file.h"
#include "sim/record/row_log.h"

namespace fedtide {

struct CheckpointRule {
  std::int64_t rounds = 0;                   ///< one each so many; 0: not by rounds
  std::chrono::duration<double> every{600};  ///< and one when so much time has passed
};

/// What a run is taken up from.
struct FoundCheckpoint {
  Checkpoint checkpoint;
  std::unique_ptr<RowLog> rows;  ///< at the first of its rows
};

/// The newest generation that is whole and of this run; the one before it, with a remark, where the newest is not. A
/// program or build other than `now` names is remarked on too: its numbers may differ. Nothing when none was ever
/// written. Failure(data_damaged) when none of those that are there can be used, or one is of a newer program.
std::optional<FoundCheckpoint> find_checkpoint(const std::filesystem::path& run, const CheckpointOrigin& now);

/// Keeps what it is told of, and writes checkpoints by the rule and at the run's end before its time. Rows that a
/// replay tells again are in the log already: these are not kept. One thread. Errors: Failure(io).
class CheckpointKeeper final : public Keeper {
 public:
  /// `origin`: of the checkpoints to come. `found`: what the run is taken up from, if it is; its rows are taken.
  /// `caught_up` is called when the replay is over.
  CheckpointKeeper(std::filesystem::path run, CheckpointOrigin origin, CheckpointRule rule,
                   std::optional<FoundCheckpoint>& found, std::function<void()> caught_up = {});

  void keep(const RoundRecord& record) {
    if (!replaying_) rows().add(record);
  }
  void keep(const EvaluationRecord& record) {
    if (!replaying_) rows().add(record);
  }
  void on_resolved(const Ledger& ledger, bool round) override;
  void on_interrupted(const Ledger& ledger) override;
  void on_caught_up(const Ledger& ledger) override;

  bool replaying() const { return replaying_; }
  RowLog& rows();

 private:
  using Clock = std::chrono::steady_clock;
  void write(const Ledger& ledger);

  std::filesystem::path run_;
  CheckpointOrigin origin_;
  CheckpointRule rule_;
  std::function<void()> caught_up_;
  std::unique_ptr<RowLog> rows_;
  bool replaying_ = false;
  std::uint64_t entries_ = 0;  // of the newest checkpoint
  std::int64_t rounds_ = 0;    // since then
  Clock::time_point written_ = Clock::now();
  Clock::time_point started_ = Clock::now();
  double wall_before_ = 0;  // seconds, before this start
};

}  // namespace fedtide
