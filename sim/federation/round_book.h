#pragma once
// The books that every protocol keeps: turns under way and what they spent, the record of the coming commit, when the
// model is evaluated, and which stop rule has been reached.

#include <optional>

#include "sim/federation/protocol.h"

namespace fedtide {

/// One client's turn under way.
struct Flight {
  ClientId client{};
  Turn turn{};
  HeldSamples held;  ///< what it trains on
  Load load;
  Journey journey;
  std::shared_ptr<const ModelVersion> version;  ///< it was sent; null once it has ended
  bool ended = false;

  Time arrives() const { return journey.arrived; }
};

class RoundBook {
 public:
  explicit RoundBook(World& world) : world_(world) { record_.round = 1; }

  /// Sends the newest version to a client and plans its turn.
  Flight dispatch(ClientId client);
  /// The event of a turn's end: arrive or lose. `slot` and `generation` are the protocol's.
  Event end_of(const Flight& flight, std::uint32_t slot, std::uint32_t generation) const;

  /// The client is free again, although its turn is not booked yet: its report waits.
  void release(const Flight& flight) { world_.population.release(flight.client); }
  /// Books what a turn spent until `at` and how it ended. `free` says that its client has been released already.
  void finish(Flight& flight, Time at, Outcome outcome, bool free = false);
  /// Books a turn that has reported, and takes its report into the coming version.
  void take_in(Flight& flight, bool free = false);

  /// Versions committed since the flight's dispatch.
  std::uint32_t staleness(const Flight& flight) const;
  /// Commits what was taken in, and evaluates the new version if its round is due. What happens from now on is the next
  /// round's.
  void commit();
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
  World& world_;
  RoundRecord record_;
  std::optional<RoundRecord> committed_;  // waits for its evaluation, which may come with the end of the run
  std::int64_t evaluated_ = -1;           // newest round evaluated
  std::int64_t failures_ = 0;             // in a row
};

}  // namespace fedtide
