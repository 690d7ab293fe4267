#include "sim/federation/transit.h"

#include <algorithm>

namespace fedtide {
namespace {

constexpr std::uint32_t kFlows = ~std::uint32_t{0};  // slot of the event that stands for all flows
// A client that is away for longer than this has left for good.
constexpr double kLongestPause = 366 * 86400.0;

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
  flight.journey = Journey{};
  flight.journey.dispatched = now;
  flight.journey.downloaded = flight.journey.computed = flight.journey.arrived = flight.journey.ends = Time::never();
  part.crashes = stage_of_crash(part);
  enter(slot, Stage::waiting_down);
  step_at(now + part.legs.wait_down, slot);
  if (part.crashes == Stage::waiting_down) crash_at(slot, part.ideal.ends);
  if (part.ideal.lost() && part.ideal.outcome != Outcome::crash) {
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
  Part& part = parts_[event.slot];
  if (event.phase == EventPhase::transit) {
    if (event.at != part.due) return std::nullopt;  // a pause has made it void
    part.paused ? resume(event.slot) : step(event.slot);
    return std::nullopt;
  }
  const bool crashes = event.at == part.crash;
  const bool empties = event.at == part.empty;
  if (!crashes && !empties && event.at != part.leave) {
    if (event.at == part.look) look_for_leaving(event.slot);
    return std::nullopt;
  }
  const Outcome outcome = crashes   ? Outcome::crash
                          : empties ? Outcome::battery
                                    : world_.fleet.cause(flight.client, event.at);
  if (!crashes && !empties && world_.fleet.pauses()) {
    if (part.stage == Stage::done) return std::nullopt;
    const Time horizon = event.at + Duration::from_seconds(kLongestPause);
    const Time back = world_.fleet.returns(flight.client, event.at, horizon);
    if (back != Time::never()) {
      pause(event.slot, back);
      return std::nullopt;
    }
  }
  flight.journey.ends = event.at;
  flight.journey.outcome = outcome;
  return outcome;
}

/// Hours are looked at as far ahead as the turn may well take; where it takes longer, again.
void Transit::look_for_leaving(std::uint32_t slot) {
  if (!world_.fleet.lets_leave()) return;
  Part& part = parts_[slot];
  const Time now = world_.queue.now();
  const Duration length = part.ideal.arrived - part.ideal.dispatched;
  part.look = now + std::max(length + length, Duration::from_seconds(3600));
  part.leave = world_.fleet.leaves(flights_[slot].client, now, part.look);
  if (part.leave >= part.look) part.leave = Time::never();
  push(EventPhase::lose, std::min(part.leave, part.look), slot);
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

/// The stage, or the pause, ends then.
void Transit::step_at(Time at, std::uint32_t slot) {
  parts_[slot].due = at;
  push(EventPhase::transit, at, slot);
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
  enter(slot, down ? Stage::down : Stage::up);
  flow(slot, down ? Direction::down : Direction::up);
}

/// Ends a stage and begins another one.
void Transit::enter(std::uint32_t slot, Stage stage) {
  Part& part = parts_[slot];
  drain_battery(slot, part.moving - part.moved);
  add_seconds(part.stage, elapsed(part), part.legs, part.spent);
  part.stage = stage;
  part.since = world_.queue.now();
  part.before = Duration{};
  part.moved = part.moving = 0;
  part.due = Time::never();
}

/// Length of the stage so far.
Duration Transit::elapsed(const Part& part) const {
  return part.paused ? part.before : part.before + (world_.queue.now() - part.since);
}

void Transit::add_seconds(Stage stage, Duration length, const Legs& legs, Seconds& to) {
  const Duration computing = std::min(length, legs.compute);
  switch (stage) {
    case Stage::waiting_down:
      to.wait_down += length.seconds();
      return;
    case Stage::down:
      to.receive += length.seconds();
      return;
    case Stage::computing:
      to.compute += computing.seconds();
      to.wait_up += (length - computing).seconds();
      return;
    case Stage::up:
      to.send += length.seconds();
      return;
    case Stage::done:
      return;
  }
}

void Transit::flow(std::uint32_t slot, Direction direction) {
  const Flight& flight = flights_[slot];
  Part& part = parts_[slot];
  const bool down = direction == Direction::down;
  part.moving = static_cast<double>((down ? flight.load.down : flight.load.up).count);
  if (part.crashes == part.stage) {
    const BitRate rate = down ? part.legs.down : part.legs.up;
    const Time alone = down ? part.ideal.dispatched + part.legs.wait_down : part.ideal.computed + part.legs.wait_up;
    part.moving = std::min(part.moving, rate.per_second / 8 * (part.ideal.ends - alone).seconds());
  }
  start_flow(slot, direction);
}

/// What is left to move of the stage's bytes.
void Transit::start_flow(std::uint32_t slot, Direction direction) {
  Part& part = parts_[slot];
  const BitRate rate = direction == Direction::down ? part.legs.down : part.legs.up;
  const double bytes = part.moving - part.moved;
  part.flow = network_.start(world_.queue.now(), flights_[slot].client, direction, rate, bytes);
  part.flowing = true;
  if (slot_of_.size() <= part.flow) slot_of_.resize(part.flow + 1);
  slot_of_[part.flow] = slot;
  ask_about_flows();
  watch_battery(slot);
}

void Transit::downloaded(std::uint32_t slot) {
  Part& part = parts_[slot];
  Journey& journey = flights_[slot].journey;
  const Time now = world_.queue.now();
  if (part.crashes == Stage::down) return crash_at(slot, now);
  enter(slot, Stage::computing);
  journey.downloaded = now;
  journey.computed = now + part.legs.compute;
  step_at(journey.computed + part.legs.wait_up, slot);
  if (part.crashes == Stage::computing) crash_at(slot, now + (part.ideal.ends - part.ideal.downloaded));
  watch_battery(slot);
}

void Transit::uploaded(std::uint32_t slot) {
  Part& part = parts_[slot];
  Journey& journey = flights_[slot].journey;
  const Time now = world_.queue.now();
  if (part.crashes == Stage::up) return crash_at(slot, now);
  const double moved = part.moving;
  enter(slot, Stage::done);
  part.moving = moved;
  // However fast the client, time passes.
  journey.arrived = journey.ends = std::max(now, journey.dispatched + Duration{1});
  push(EventPhase::arrive, journey.arrived, slot);
}

void Transit::crash_at(std::uint32_t slot, Time at) {
  parts_[slot].crash = at;
  push(EventPhase::lose, at, slot);
}

/// Bytes of the stage that have been moved, whose flow ends.
double Transit::stop_flow(std::uint32_t slot) {
  Part& part = parts_[slot];
  if (!part.flowing) return part.paused ? part.moved : part.moving;
  part.flowing = false;
  ask_about_flows();
  return part.moving - network_.flows().cancel(world_.queue.now(), part.flow);
}

Seconds Transit::seconds(std::uint32_t slot) const {
  const Part& part = parts_[slot];
  Seconds all = part.spent;
  add_seconds(part.stage, elapsed(part), part.legs, all);
  return all;
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
  const double computed_s = seconds(slot).compute;
  const double moved = stop_flow(slot);
  drain_battery(slot, moved - part.moved);
  Progress progress;
  const bool loaded = part.stage > Stage::down;
  progress.bytes_down = loaded ? static_cast<double>(flight.load.down.count) : part.stage == Stage::down ? moved : 0;
  if (loaded) progress.compute_s = world_.fleet.pauses() ? computed_s : progress_at(journey, flight.load, at).compute_s;
  if (part.stage >= Stage::up) progress.bytes_up = moved;
  if (!loaded) {
    // It is in its download still, even where alone it would have had it by now.
    journey.downloaded = std::max(at, part.ideal.downloaded) + Duration{1};
    journey.computed = journey.downloaded + part.legs.compute;
  }
  part.stage = Stage::done;
  part.paused = false;
  return progress;
}

}  // namespace fedtide
