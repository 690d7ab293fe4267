#pragma once
// Runs that are taken up at any entry of their ledger, in memory: what went on before comes from a snapshot and from
// the rows that were recorded.

#include <functional>
#include <string>
#include <vector>

#include "tests/support/experiment.h"

namespace fedtide::testing {

/// Takes a snapshot after every entry for which `wanted` says so.
struct SnapshotTaker final : Keeper {
  std::function<bool(std::uint64_t entries, bool round)> wanted;
  std::vector<Snapshot> taken;
  std::uint64_t entries = 0;  ///< of the whole run

  void on_resolved(const Ledger& ledger, bool round) override {
    entries = ledger.resolved_entries();
    if (wanted(entries, round)) taken.push_back(ledger.snapshot());
  }
};

/// The values of a run that was played, for one that is taken up.
struct MemoryRows final : RowSource {
  explicit MemoryRows(const Memory& memory) : memory_(memory) {}
  void fill(RoundRecord& record) override {
    const RoundRecord& row = memory_.rounds.at(round_++);
    REQUIRE(row.round == record.round);
    record.trained_samples = row.trained_samples;
    record.train_loss = row.train_loss;
    record.train_accuracy = row.train_accuracy;
    record.update_norm = row.update_norm;
  }
  void fill(EvaluationRecord& record) override {
    const EvaluationRecord& row = memory_.evaluations.at(evaluation_++);
    REQUIRE(row.round == record.round);
    REQUIRE(row.clients == record.clients);
    record = row;
  }

 private:
  const Memory& memory_;
  std::size_t round_ = 0;
  std::size_t evaluation_ = 0;
};

inline Played play_with(const std::string& yaml, const std::vector<std::string>& overrides, Continuity continuity) {
  ExperimentConfig config = read_text_experiment(yaml, overrides);
  Assembly assembly = assemble(config);
  Played played;
  const std::atomic<bool> interrupted{false};
  played.result = play(config, assembly, played.memory, interrupted, std::move(continuity));
  return played;
}

/// Plays an experiment in one go, taking snapshots where `wanted` says so; takes it up at each of them, with 1, 2 and 4
/// threads in turn, and requires the same bits. How many snapshots there were.
inline std::size_t require_same_bits_after_resuming(
    const std::string& yaml, const std::vector<std::string>& overrides,
    const std::function<bool(std::uint64_t entries, bool round)>& wanted) {
  SnapshotTaker taker;
  taker.wanted = wanted;
  const Played whole = play_with(yaml, overrides, {.keeper = &taker, .from = {}, .rows = nullptr});
  const std::string bits = whole.bits();
  constexpr const char* kThreads[] = {"1", "2", "4"};
  for (std::size_t i = 0; i < taker.taken.size(); ++i) {
    INFO("taken up at entry " << taker.taken[i].entries << " of " << taker.entries << ", round "
                              << taker.taken[i].round);
    std::vector<std::string> words = overrides;
    words.push_back(std::string("execution.threads=") + kThreads[i % 3]);
    MemoryRows rows(whole.memory);
    const Played again = play_with(yaml, words, {.keeper = nullptr, .from = taker.taken[i], .rows = &rows});
    REQUIRE(again.bits() == bits);
    REQUIRE(again.result.accepted_jobs == whole.result.accepted_jobs);
    REQUIRE(again.result.computed_jobs <= whole.result.computed_jobs);
  }
  return taker.taken.size();
}

}  // namespace fedtide::testing
