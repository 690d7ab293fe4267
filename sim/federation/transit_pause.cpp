// Turns that stand still while their clients are away.

#include <utility>

#include "sim/federation/transit.h"

namespace fedtide {

/// The turn stands still until the client is back: what would have come within the stage comes as much later.
void Transit::pause(std::uint32_t slot, Time back) {
  Part& part = parts_[slot];
  Journey& journey = flights_[slot].journey;
  const Time now = world_.queue.now();
  const double moved = stop_flow(slot);
  drain_battery(slot, moved - part.moved);
  part.moved = moved;
  part.before = elapsed(part);
  part.since = now;
  part.paused = true;
  if (part.crash != Time::never()) part.crash_in = part.crash - now;
  part.crash = part.leave = part.look = part.empty = Time::never();
  if (part.stage == Stage::computing && part.before < part.legs.compute) journey.computed = Time::never();
  step_at(back, slot);
}

void Transit::resume(std::uint32_t slot) {
  Part& part = parts_[slot];
  Journey& journey = flights_[slot].journey;
  const Time now = world_.queue.now();
  part.away = part.away + (now - part.since);
  part.since = now;
  part.paused = false;
  part.due = Time::never();
  if (part.stage == Stage::waiting_down) {
    step_at(now + (part.legs.wait_down - part.before), slot);
  } else if (part.stage == Stage::computing) {
    if (part.before < part.legs.compute) journey.computed = now + (part.legs.compute - part.before);
    step_at(now + (part.legs.compute + part.legs.wait_up - part.before), slot);
  } else {
    start_flow(slot, part.stage == Stage::down ? Direction::down : Direction::up);
  }
  if (part.crash_in) crash_at(slot, now + *std::exchange(part.crash_in, std::nullopt));
  watch_battery(slot);
  look_for_leaving(slot);
}

Duration Transit::away(std::uint32_t slot) const {
  const Part& part = parts_[slot];
  return part.paused ? part.away + (world_.queue.now() - part.since) : part.away;
}

}  // namespace fedtide
