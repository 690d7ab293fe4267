#pragma once
// The virtual clock and what is yet to happen. Events are plain data, totally ordered by (time, phase, tie, sequence),
// so that a trace can be a golden file and a checkpoint can store them. No closures.

#include <array>
#include <cstdint>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"

namespace fedtide {

/// What goes first within one instant: a report on the dot of the deadline counts; a cohort is selected from those who
/// are free after all reports of the instant; evaluation sees what the instant committed. In transit: what goes on
/// within a turn, and may let something arrive in the same instant.
enum class EventPhase : std::uint8_t { transit, arrive, lose, deadline, dispatch, evaluate };

struct Event {
  Time at;
  std::uint64_t tie = 0;         ///< seeded draw: equals must not favor low ids
  std::uint64_t sequence = 0;    ///< number of the push; set by the queue
  ClientId client{};             ///< whom it is about, if anyone
  std::uint32_t generation = 0;  ///< an event whose generation has passed is void: this is how events are canceled
  std::uint32_t slot = 0;        ///< where the protocol keeps what belongs to it
  EventPhase phase = EventPhase::arrive;
};

/// Total order of events.
bool before(const Event& a, const Event& b);

/// A monotone radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) on the time: events never go back. One instant's events
/// are put in (phase, tie, sequence) order when the instant is reached. Amortized O(log of the range) a push, in
/// practice a few moves.
class EventQueue {
 public:
  /// event.at must not be before now(). Sets the sequence.
  void push(Event event);
  /// The next event; moves now() to it. Not empty.
  Event pop();
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// The virtual clock: the time of the last event popped, 0 at the start.
  Time now() const { return now_; }

 private:
  void reach_next_instant();
  std::size_t bucket_of(Time at) const;

  Time now_;
  std::uint64_t pushes_ = 0;
  std::size_t size_ = 0;
  std::vector<Event> instant_;                // heap of the events at now_, the first on top
  std::array<std::vector<Event>, 64> later_;  // later_[i]: the highest bit in which the time differs from now_ is bit i
  std::uint64_t filled_ = 0;                  // bit i: later_[i] is not empty
};

}  // namespace fedtide
