// What a turn that is played phase by phase takes from its client's battery.

#include <algorithm>

#include "sim/federation/transit.h"

namespace fedtide {
namespace {

// A transfer that takes longer is not watched for its battery beyond that.
constexpr Duration kLongestFlow{86'400'000'000'000};

}  // namespace

/// What the device draws from now to the stage's end, and after it nothing.
std::array<Draining, 2> Transit::stretches(std::uint32_t slot, Time from, Time to) const {
  const Part& part = parts_[slot];
  const Power power = world_.fleet.power(flights_[slot].client);
  switch (part.stage) {
    case Stage::waiting_down:
      return {Draining{to, power.idle_w}, Draining{to, 0}};
    case Stage::down:
      return {Draining{to, power.receive_w}, Draining{to, 0}};
    case Stage::computing: {
      const Time computed = from + std::max(Duration{}, part.legs.compute - part.before);
      return {Draining{std::min(computed, to), power.compute_w}, Draining{to, power.idle_w}};
    }
    case Stage::up:
      return {Draining{to, power.send_w}, Draining{to, 0}};
    case Stage::done:
      break;
  }
  return {Draining{from, 0}, Draining{from, 0}};
}

/// When the battery ends the turn, if it does so within the stage. Energy by the byte is drawn as the stage ends.
void Transit::watch_battery(std::uint32_t slot) {
  Batteries* const batteries = world_.population.batteries();
  if (!batteries) return;
  Part& part = parts_[slot];
  const Time now = world_.queue.now();
  const Time end = std::min(part.due, now + kLongestFlow);
  part.empty = batteries->empties(flights_[slot].client, now, stretches(slot, now, end));
  if (part.empty != Time::never()) push(EventPhase::lose, part.empty, slot);
}

/// Takes off what the stage has drawn since it began or went on, and `bytes` that it has moved.
void Transit::drain_battery(std::uint32_t slot, double bytes) {
  Batteries* const batteries = world_.population.batteries();
  const Part& part = parts_[slot];
  if (!batteries || part.paused || part.stage == Stage::done) return;
  const ClientId client = flights_[slot].client;
  const Time now = world_.queue.now();
  batteries->drain(client, part.since, stretches(slot, part.since, now), now);
  if (part.stage != Stage::down && part.stage != Stage::up) return;
  const Power power = world_.fleet.power(client);
  const double each = part.stage == Stage::down ? power.receive_j_per_byte : power.send_j_per_byte;
  if (each > 0) batteries->take(client, now, each * bytes);
}

}  // namespace fedtide
