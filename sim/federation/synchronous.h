#pragma once
// Synchronous rounds: select, dispatch, wait for enough reports or the deadline, commit, again.
// McMahan et al. 2017; over-selection, reporting window and abandonment as Bonawitz et al. 2019, section 2.
//
//   select S = ceil(over_selection * K) of the eligible; fewer than `minimum_reports`: look again after `retry`
//   the round commits when K of them have reported, or, with at least `minimum_reports`, when the deadline passes or
//   nobody is left; else it is abandoned: its reports are not used
//   `partial_work`: a client that would come too late does as much of its training as lets it come in time; without, a
//   straggler's report is not used (FedProx, see partial_work.h)
//   at the end of a round those still at work are stopped; what they spent is wasted

#include "sim/federation/round_book.h"

namespace fedtide {

struct SynchronousRule {
  std::uint32_t cohort = 10;         ///< K
  double over_selection = 1;         ///< S / K
  std::optional<Duration> deadline;  ///< after the dispatch
  std::uint32_t minimum_reports = 1;
  std::optional<WorkLimit::Unit> partial;  ///< what clients short of time send; none: all or nothing
  double stragglers = 0;                   ///< share of the turns that have time for a part of the work
  Duration retry;                          ///< pause when too few are eligible
  Duration pause;                          ///< between a round's end and the next selection
  std::int64_t give_up = 0;                ///< failed rounds or selections in a row that end the run

  /// ceil(over_selection * cohort), where products like 1.1 * 100 count as the whole number they are meant to be.
  std::uint32_t selected() const;
};

/// Rounds of one client that is always there: pooled data.
std::unique_ptr<ProtocolSpec> rounds_of_one();

class Synchronous final : public Protocol {
 public:
  Synchronous(SynchronousRule rule, World& world) : rule_(std::move(rule)), world_(world), book_(world) {}

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

 private:
  void start_round();
  void arrive(std::uint32_t slot);
  void settle_when_decided();
  void commit_round();
  void abandon_round();
  void end_round(Outcome rest);
  void after_failure(std::size_t reports);
  void abandon_turns(Outcome rest);
  void schedule(EventPhase phase, Time at);

  SynchronousRule rule_;
  World& world_;
  RoundBook book_;
  std::vector<std::uint32_t> cohort_;    // slots of the current round's turns, in order of dispatch
  std::vector<std::uint32_t> accepted_;  // slots of those that have reported, in order
  std::size_t running_ = 0;
  std::uint32_t generation_ = 0;  // rounds started: deadlines of earlier ones are void
  std::uint32_t goal_ = 0;
  bool open_ = false;
};

}  // namespace fedtide
