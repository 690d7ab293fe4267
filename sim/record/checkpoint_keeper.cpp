#include "sim/record/checkpoint_keeper.h"

#include <cerrno>
#include <cstdio>
#include <utility>

#include "sim/base/remark.h"
#include "sim/federation/ledger.h"
#include "sim/record/posix_file.h"

namespace fedtide {
namespace {

FoundCheckpoint open(const std::filesystem::path& run, const std::filesystem::path& path, const CheckpointOrigin& now) {
  FoundCheckpoint found{read_checkpoint(path), nullptr};
  const CheckpointOrigin& origin = found.checkpoint.origin;
  if (origin.config_hash != now.config_hash) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: is of another run: its experiment has the hash {}, this "
                                                      "one's has {}",
                                                      path.string(), origin.config_hash, now.config_hash));
  }
  found.rows = std::make_unique<RowLog>(checkpoint_rows_path(run), origin.row_bytes, origin.row_hex);
  return found;
}

/// Same bits are promised for the same program only.
void compare_programs(const std::filesystem::path& path, const CheckpointOrigin& origin, const CheckpointOrigin& now) {
  if (origin.program == now.program && origin.build == now.build) return;
  remark(fmt::format("{}: was written by {} ({}), this is {} ({}): numbers may differ from those of a run in one go",
                     path.string(), origin.program, origin.build, now.program, now.build));
}

}  // namespace

std::optional<FoundCheckpoint> find_checkpoint(const std::filesystem::path& run, const CheckpointOrigin& now) {
  std::string why;
  for (const auto& path : {checkpoint_path(run), previous_checkpoint_path(run)}) {
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::symlink_status(path, error))) continue;
    try {
      FoundCheckpoint found = open(run, path, now);
      if (!why.empty()) {
        remark(fmt::format("{}; going on from the checkpoint before it, of round {}", why,
                           found.checkpoint.snapshot.round));
        // Else the next checkpoint would put the useless one in the place of this one.
        if (std::rename(path.c_str(), checkpoint_path(run).c_str()) != 0) {
          fail_system(ExitCode::io, checkpoint_path(run), "cannot rename checkpoint.prev to this name", errno);
        }
      }
      compare_programs(path, found.checkpoint.origin, now);
      return found;
    } catch (const NewerCheckpoint&) {
      throw;
    } catch (const Failure& failure) {
      if (why.empty()) why = failure.what();
    }
  }
  if (why.empty()) return std::nullopt;
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}; no checkpoint is left to go on from: start anew with fedtide run --force", why));
}

CheckpointKeeper::CheckpointKeeper(std::filesystem::path run, CheckpointOrigin origin, CheckpointRule rule,
                                   std::optional<FoundCheckpoint>& found, std::function<void()> caught_up)
    : run_(std::move(run)), origin_(std::move(origin)), rule_(rule), caught_up_(std::move(caught_up)) {
  if (found) {
    rows_ = std::move(found->rows);
    replaying_ = true;
    entries_ = found->checkpoint.snapshot.entries;
    wall_before_ = found->checkpoint.origin.wall_seconds;
  } else {
    remove_checkpoints(run_);
  }
}

RowLog& CheckpointKeeper::rows() {
  if (!rows_) rows_ = std::make_unique<RowLog>(checkpoint_rows_path(run_));
  return *rows_;
}

void CheckpointKeeper::on_resolved(const Ledger& ledger, bool round) {
  if (!round) return;
  ++rounds_;
  const bool by_rounds = rule_.rounds > 0 && rounds_ >= rule_.rounds;
  if (by_rounds || Clock::now() - written_ >= rule_.every) write(ledger);
}

void CheckpointKeeper::on_interrupted(const Ledger& ledger) {
  if (ledger.resolved_entries() > entries_) write(ledger);
}

void CheckpointKeeper::on_caught_up(const Ledger& /*ledger*/) {
  replaying_ = false;
  written_ = Clock::now();
  if (caught_up_) caught_up_();
}

void CheckpointKeeper::write(const Ledger& ledger) {
  // First the rows, which the checkpoint counts on.
  rows().sync();
  origin_.row_bytes = rows().bytes();
  origin_.row_hex = rows().hex();
  origin_.wall_seconds = wall_before_ + std::chrono::duration<double>(Clock::now() - started_).count();
  write_checkpoint(run_, {origin_, ledger.snapshot()});
  entries_ = ledger.resolved_entries();
  rounds_ = 0;
  written_ = Clock::now();
}

}  // namespace fedtide
