#pragma once
// The books that every protocol keeps: turns under way and what they spent, the record of the coming commit, when the
// model is evaluated, and which stop rule has been reached.

#include <memory>
#include <optional>
#include <vector>

#include "sim/federation/flight.h"
#include "sim/federation/partial_work.h"
#include "sim/federation/protocol.h"
#include "sim/federation/transit.h"

namespace fedtide {

/// A turn that has come to its end by itself.
struct TurnEnd {
  std::uint32_t slot = 0;
  ClientId client{};
  bool arrived = false;  ///< its report is in; else it was lost, is booked, and its slot is free
};

class RoundBook {
 public:
  explicit RoundBook(World& world);

  /// Sends the newest version to a client and plans its turn, whose events are pushed. Its slot, which is its own until
  /// the turn is booked.
  std::uint32_t dispatch(ClientId client) { return dispatch(client, world_.ledger.current(), 1, 1); }
  /// The same for a client that may have no time for the whole of its training.
  std::uint32_t dispatch(ClientId client, const WorkLimit& limit);
  /// The same with a model of the protocol's choice, of which so many copies are received, and sent after training.
  std::uint32_t dispatch(ClientId client, ModelHandle from, std::uint32_t received, std::uint32_t sent,
                         const WorkLimit& limit = {});
  /// Plays an event of a turn: what arrives, or is lost, by it. Nothing: the turn goes on, or the event is void.
  std::optional<TurnEnd> advance(const Event& event);
  const Flight& flight(std::uint32_t slot) const { return flights_[slot]; }
  /// Neither booked nor arrived.
  bool under_way(std::uint32_t slot) const { return flights_[slot].version && !flights_[slot].arrived; }
  /// Slots ever used: each is free, under way, or waits.
  std::uint32_t slots() const { return static_cast<std::uint32_t>(flights_.size()); }

  /// The client is free again, although its turn is not booked yet: its report waits.
  void release(std::uint32_t slot);
  /// Books what a turn has spent by now, or by its end, and how it ended.
  void finish(std::uint32_t slot, Outcome outcome);
  /// Books a turn that has reported: its training, for whoever takes it in.
  Training report(std::uint32_t slot);
  /// Books a turn that has reported, and takes its report into the coming version.
  void take_in(std::uint32_t slot) { world_.ledger.absorb(report(slot)); }

  /// Versions committed since the turn's dispatch.
  std::uint32_t staleness(std::uint32_t slot) const;
  /// Commits what was taken in, and evaluates the new version if its round is due. What happens from now on is the next
  /// round's.
  void commit();
  /// The same for a version that is the mean of these models.
  void commit_mean(std::vector<ModelHandle> models);
  /// Commits made.
  std::int64_t rounds() const { return static_cast<std::int64_t>(raw(world_.ledger.current()->number)); }
  /// The record of the coming commit.
  RoundRecord& record() { return record_; }
  /// The last commit's record goes to the ledger, unless it has; before anything of the next round does.
  void hand_over();

  /// A round or a selection has failed: the reason to give up, after `give_up` in a row. `text` says what there was.
  std::optional<StopReason> fail(std::int64_t give_up, const std::string& text);
  /// The stop rule that holds, if any. The accuracy is a value: asking for it resolves everything up to here.
  std::optional<StopReason> reached();
  /// The event of the end of the experiment's virtual time, or nothing.
  std::optional<Event> end_of_time() const;
  static bool is_end_of_time(const Event& event);
  StopReason time_is_over() const;

  /// Evaluates the newest version.
  void evaluate();
  /// The end of the run: evaluates the last version, unless it is, and records what has been left.
  void close();

 private:
  Work work_of(const Flight& flight) const;
  void push_end(std::uint32_t slot);
  void close_round();
  void end_by_battery(Flight& flight, const Legs& legs);
  void drain_battery(const Flight& flight);
  Spending spent_by(std::uint32_t slot, Time at, ClientTrace& trace);
  void account(const Flight& flight, const Seconds& seconds, Time at, Spending& spent) const;

  World& world_;
  Accounts accounts_;
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_;
  std::unique_ptr<Transit> transit_;  // null: no link is shared, and a turn is planned whole
  RoundRecord record_;
  std::optional<RoundRecord> committed_;  // waits for its evaluation, which may come with the end of the run
  std::int64_t evaluated_ = -1;           // newest round evaluated
  std::int64_t failures_ = 0;             // in a row
};

}  // namespace fedtide
