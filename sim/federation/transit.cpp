#include "sim/federation/transit.h"

#include <algorithm>

namespace fedtide {
namespace {

constexpr std::uint32_t kFlows = ~std::uint32_t{0};  // slot of the event that stands for all flows

}  // namespace

Transit::Transit(World& world, std::vector<Flight>& flights)
    : world_(world), flights_(flights), network_(world.fleet.shared(), world.seed) {}

void Transit::begin(std::uint32_t slot) {
  if (parts_.size() <= slot) parts_.resize(slot + 1);
  Flight& flight = flights_[slot];
  Part& part = parts_[slot];
  const Time now = world_.queue.now();
  part = Part{};
  part.legs = world_.fleet.legs(flight.client, flight.turn, flight.load);
  part.ideal = world_.fleet.plan(flight.client, flight.turn, now, flight.load, part.legs);
  part.stage = Stage::waiting_down;
  flight.journey = Journey{};
  flight.journey.dispatched = now;
  flight.journey.downloaded = flight.journey.computed = flight.journey.arrived = flight.journey.ends = Time::never();
  part.crashes = stage_of_crash(part);
  push(EventPhase::transit, now + part.legs.wait_down, slot);
  if (part.crashes == Stage::waiting_down) crash_at(slot, part.ideal.ends);
  if (part.ideal.outcome == Outcome::left) {
    part.leave = part.ideal.ends;
    push(EventPhase::lose, part.leave, slot);
  } else {
    look_for_leaving(slot);
  }
}

std::optional<Outcome> Transit::play(const Event& event) {
  if (event.slot == kFlows) {
    if (event.generation == asked_) play_flows();
    return std::nullopt;
  }
  Flight& flight = flights_[event.slot];
  if (event.generation != flight.generation || flight.arrived) return std::nullopt;
  if (event.phase == EventPhase::transit) {
    step(event.slot);
    return std::nullopt;
  }
  const Part& part = parts_[event.slot];
  if (event.at != part.crash && event.at != part.leave) {
    look_for_leaving(event.slot);
    return std::nullopt;
  }
  flight.journey.ends = event.at;
  flight.journey.outcome = event.at == part.crash ? Outcome::crash : Outcome::left;
  return flight.journey.outcome;
}

/// Hours are looked at as far ahead as the turn may well take; where it takes longer, again.
void Transit::look_for_leaving(std::uint32_t slot) {
  Part& part = parts_[slot];
  const Time now = world_.queue.now();
  const Duration length = part.ideal.arrived - part.ideal.dispatched;
  const Time horizon = now + std::max(length + length, Duration::from_seconds(3600));
  part.leave = world_.fleet.leaves(flights_[slot].client, now, horizon);
  if (part.leave >= horizon) part.leave = Time::never();
  push(EventPhase::lose, std::min(part.leave, horizon), slot);
}

void Transit::push(EventPhase phase, Time at, std::uint32_t slot) {
  const Flight& flight = flights_[slot];
  Event event;
  event.at = at;
  event.phase = phase;
  if (phase != EventPhase::transit) {
    event.tie = Stream(world_.seed, Purpose::ties, flight.client, flight.turn).next64();
  }
  event.client = flight.client;
  event.generation = flight.generation;
  event.slot = slot;
  world_.queue.push(event);
}

/// After all changes of the instant: one look at the network instead of one a change.
void Transit::ask_about_flows() {
  if (std::exchange(asking_, true)) return;
  Event event;
  event.at = world_.queue.now();
  event.phase = EventPhase::transit;
  event.tie = 1;
  event.slot = kFlows;
  event.generation = ++asked_;
  world_.queue.push(event);
}

void Transit::play_flows() {
  asking_ = false;
  for (const FlowNetwork::Flow flow : network_.flows().finish(world_.queue.now())) {
    const std::uint32_t slot = slot_of_[flow];
    parts_[slot].flowing = false;
    parts_[slot].stage == Stage::down ? downloaded(slot) : uploaded(slot);
  }
  const Time next = network_.flows().next();
  if (asking_ || next == Time::never()) return;
  Event event;
  event.at = next;
  event.phase = EventPhase::transit;
  event.tie = 1;
  event.slot = kFlows;
  event.generation = ++asked_;
  world_.queue.push(event);
}

void Transit::step(std::uint32_t slot) {
  const bool down = parts_[slot].stage == Stage::waiting_down;
  parts_[slot].stage = down ? Stage::down : Stage::up;
  flow(slot, down ? Direction::down : Direction::up);
}

void Transit::flow(std::uint32_t slot, Direction direction) {
  const Flight& flight = flights_[slot];
  Part& part = parts_[slot];
  const bool down = direction == Direction::down;
  const BitRate rate = down ? part.legs.down : part.legs.up;
  part.moving = static_cast<double>((down ? flight.load.down : flight.load.up).count);
  if (part.crashes == part.stage) {
    const Time alone = down ? part.ideal.dispatched + part.legs.wait_down : part.ideal.computed + part.legs.wait_up;
    part.moving = std::min(part.moving, rate.per_second / 8 * (part.ideal.ends - alone).seconds());
  }
  part.flow = network_.start(world_.queue.now(), flight.client, direction, rate, part.moving);
  part.flowing = true;
  if (slot_of_.size() <= part.flow) slot_of_.resize(part.flow + 1);
  slot_of_[part.flow] = slot;
  ask_about_flows();
}

void Transit::downloaded(std::uint32_t slot) {
  Part& part = parts_[slot];
  Journey& journey = flights_[slot].journey;
  const Time now = world_.queue.now();
  if (part.crashes == Stage::down) return crash_at(slot, now);
  part.stage = Stage::computing;
  journey.downloaded = now;
  journey.computed = now + part.legs.compute;
  push(EventPhase::transit, journey.computed + part.legs.wait_up, slot);
  if (part.crashes == Stage::computing) crash_at(slot, now + (part.ideal.ends - part.ideal.downloaded));
}

void Transit::uploaded(std::uint32_t slot) {
  Part& part = parts_[slot];
  Journey& journey = flights_[slot].journey;
  const Time now = world_.queue.now();
  if (part.crashes == Stage::up) return crash_at(slot, now);
  part.stage = Stage::done;
  // However fast the client, time passes.
  journey.arrived = journey.ends = std::max(now, journey.dispatched + Duration{1});
  push(EventPhase::arrive, journey.arrived, slot);
}

void Transit::crash_at(std::uint32_t slot, Time at) {
  parts_[slot].crash = at;
  push(EventPhase::lose, at, slot);
}

/// Where a turn with nobody else on the links would have crashed; done: it would not.
Transit::Stage Transit::stage_of_crash(const Part& part) {
  const Journey& ideal = part.ideal;
  if (ideal.outcome != Outcome::crash) return Stage::done;
  if (ideal.ends < ideal.dispatched + part.legs.wait_down) return Stage::waiting_down;
  if (ideal.ends < ideal.downloaded) return Stage::down;
  if (ideal.ends < ideal.computed + part.legs.wait_up) return Stage::computing;
  return Stage::up;
}

Progress Transit::end(std::uint32_t slot, Time at) {
  Flight& flight = flights_[slot];
  Part& part = parts_[slot];
  Journey& journey = flight.journey;
  double moved = part.moving;
  if (part.flowing) {
    moved -= network_.flows().cancel(world_.queue.now(), part.flow);
    part.flowing = false;
    ask_about_flows();
  }
  Progress progress;
  const bool loaded = part.stage > Stage::down;
  progress.bytes_down = loaded ? static_cast<double>(flight.load.down.count) : part.stage == Stage::down ? moved : 0;
  if (loaded) progress.compute_s = progress_at(journey, flight.load, at).compute_s;
  if (part.stage >= Stage::up) progress.bytes_up = moved;
  if (!loaded) {
    // It is in its download still, even where alone it would have had it by now.
    journey.downloaded = std::max(at, part.ideal.downloaded) + Duration{1};
    journey.computed = journey.downloaded + part.legs.compute;
  }
  part.stage = Stage::done;
  return progress;
}

}  // namespace fedtide
