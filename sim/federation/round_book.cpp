#include "sim/federation/round_book.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/distributions.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kEndOfTime = ~std::uint32_t{0};  // slot of the event that is about no turn and no round

std::int64_t whole_bytes(double bytes) { return static_cast<std::int64_t>(std::llround(bytes)); }

}  // namespace

RoundBook::RoundBook(World& world) : world_(world), accounts_(world.fleet.accounts()) {
  record_.round = 1;
  if (world.fleet.shared().any() || world.fleet.pauses()) transit_ = std::make_unique<Transit>(world, flights_);
}

std::uint32_t RoundBook::dispatch(ClientId client, ModelHandle from, std::uint32_t received, std::uint32_t sent) {
  if (free_.empty()) {
    free_.push_back(slots());
    flights_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  Flight& flight = flights_[slot];
  flight.client = client;
  flight.turn = world_.population.begin_turn(client);
  flight.held = world_.population.held(client);
  flight.load = world_.population.load(flight.held.count);
  flight.load.down.count *= received;
  flight.load.up.count *= sent;
  flight.version = std::move(from);
  flight.arrived = flight.released = false;
  ++record_.dispatched;
  if (transit_) {
    transit_->begin(slot);
  } else {
    const Legs legs = world_.fleet.legs(client, flight.turn, flight.load);
    flight.journey = world_.fleet.plan(client, flight.turn, world_.queue.now(), flight.load, legs);
    if (world_.population.batteries()) end_by_battery(flight, legs);
    push_end(slot);
  }
  return slot;
}

namespace {

/// What the device draws in a turn that is planned whole; bytes are drawn evenly over their transfer.
std::array<Draining, 5> stretches_of(const Flight& flight, const Legs& legs, const Power& power) {
  const Journey& j = flight.journey;
  const Time receives = j.dispatched + legs.wait_down, sends = j.computed + legs.wait_up;
  const auto watts = [](double base, double joules, Time from, Time to) {
    const double seconds = (to - from).seconds();
    return seconds > 0 ? base + joules / seconds : base;
  };
  const double down_j = power.receive_j_per_byte * static_cast<double>(flight.load.down.count);
  const double up_j = power.send_j_per_byte * static_cast<double>(flight.load.up.count);
  return {Draining{receives, power.idle_w},
          {j.downloaded, watts(power.receive_w, down_j, receives, j.downloaded)},
          {j.computed, power.compute_w},
          {sends, power.idle_w},
          {j.arrived, watts(power.send_w, up_j, sends, j.arrived)}};
}

}  // namespace

void RoundBook::end_by_battery(Flight& flight, const Legs& legs) {
  const auto stretches = stretches_of(flight, legs, world_.fleet.power(flight.client));
  const Time empty = world_.population.batteries()->empties(flight.client, flight.journey.dispatched, stretches);
  if (empty >= flight.journey.ends) return;
  flight.journey.ends = empty;
  flight.journey.outcome = Outcome::battery;
}

void RoundBook::push_end(std::uint32_t slot) {
  const Flight& flight = flights_[slot];
  Event event;
  event.at = flight.journey.ends;
  event.phase = flight.journey.lost() ? EventPhase::lose : EventPhase::arrive;
  event.tie = Stream(world_.seed, Purpose::ties, flight.client, flight.turn).next64();
  event.client = flight.client;
  event.generation = flight.generation;
  event.slot = slot;
  world_.queue.push(event);
}

std::optional<TurnEnd> RoundBook::advance(const Event& event) {
  if (event.slot < slots()) world_.population.fetch(event.client);  // while the flight is fetched
  if (transit_ && event.phase != EventPhase::arrive && !transit_->play(event)) return std::nullopt;
  Flight& flight = flights_[event.slot];
  if (event.generation != flight.generation) return std::nullopt;
  const TurnEnd end{event.slot, flight.client, event.phase == EventPhase::arrive};
  if (end.arrived) {
    flight.arrived = true;
  } else {
    finish(event.slot, flight.journey.outcome);
  }
  return end;
}

void RoundBook::release(std::uint32_t slot) {
  if (!transit_ && world_.population.batteries()) drain_battery(flights_[slot]);
  world_.population.release(flights_[slot].client);
  flights_[slot].released = true;
}

/// Before the client is free: its next turn begins with what this one has left it.
void RoundBook::drain_battery(const Flight& flight) {
  const Legs legs = world_.fleet.legs(flight.client, flight.turn, flight.load);
  const auto stretches = stretches_of(flight, legs, world_.fleet.power(flight.client));
  const Time at = std::min(world_.queue.now(), flight.journey.ends);
  world_.population.batteries()->drain(flight.client, flight.journey.dispatched, stretches, at);
}

void RoundBook::finish(std::uint32_t slot, Outcome outcome) {
  Flight& flight = flights_[slot];
  const Time at = std::min(world_.queue.now(), flight.journey.ends);
  ClientTrace trace;
  const Spending spent = spent_by(slot, at, trace);
  record_.spent += spent;
  if (outcome != Outcome::reported) record_.wasted += spent;
  ++record_.outcomes[static_cast<std::size_t>(outcome)];
  record_.total_bytes_down += spent.bytes_down;
  record_.total_bytes_up += spent.bytes_up;
  if (!flight.released) release(slot);
  if (outcome == Outcome::crash) {
    const Duration recovery = world_.fleet.recovery(flight.client, flight.turn);
    if (recovery.ns > 0) world_.population.keep_away(flight.client, at + recovery);
  }

  trace.round = record_.round;
  trace.client = flight.client;
  trace.turn = raw(flight.turn);
  trace.version = raw(flight.version->number);
  trace.dispatched = flight.journey.dispatched;
  trace.downloaded = flight.journey.downloaded;
  trace.computed = flight.journey.computed;
  trace.ended = at;
  trace.phase = flight.journey.phase_at(at);
  trace.outcome = outcome;
  trace.spent = spent;
  world_.ledger.record(trace);
  flight.version.reset();  // where nobody trains from it any more, its weights may go
  ++flight.generation;
  free_.push_back(slot);
}

/// What a turn has spent by a time, and of its trace the seconds.
Spending RoundBook::spent_by(std::uint32_t slot, Time at, ClientTrace& trace) {
  const Flight& flight = flights_[slot];
  Seconds seconds;
  if (accounts_.energy) {
    if (transit_) {
      seconds = transit_->seconds(slot);
    } else {
      seconds = seconds_at(flight.journey, world_.fleet.legs(flight.client, flight.turn, flight.load), at);
    }
    trace.receive_s = seconds.receive;
    trace.send_s = seconds.send;
    trace.idle_s = seconds.wait_down + seconds.wait_up;
  }
  if (accounts_.pauses) trace.away_s = transit_->away(slot).seconds();
  const Progress progress = transit_ ? transit_->end(slot, at) : progress_at(flight.journey, flight.load, at);
  Spending spent{whole_bytes(progress.bytes_down), whole_bytes(progress.bytes_up), progress.compute_s, {}};
  if (accounts_.any()) account(flight, seconds, at, spent);
  return spent;
}

/// Fills in what not every run knows.
void RoundBook::account(const Flight& flight, const Seconds& seconds, Time at, Spending& spent) const {
  const Fleet& fleet = world_.fleet;
  if (accounts_.metered && fleet.metered(flight.client)) spent.metered_bytes = spent.bytes_down + spent.bytes_up;
  if (!accounts_.energy) return;
  const Power power = fleet.power(flight.client);
  spent.energy = energy_of(power, seconds, spent.bytes_down, spent.bytes_up);
  if (!accounts_.carbon) return;
  const Journey& j = flight.journey;
  const Time downloaded = std::min(at, j.downloaded), computed = std::min(at, j.computed);
  const auto grams = [&](Time from, Time to, double joules) { return fleet.carbon(flight.client, from, to, joules); };
  spent.carbon_g = grams(j.dispatched, downloaded, spent.energy.receive_j + power.idle_w * seconds.wait_down) +
                   grams(downloaded, computed, spent.energy.compute_j) +
                   grams(computed, std::max(at, computed), spent.energy.send_j + power.idle_w * seconds.wait_up);
}

Training RoundBook::report(std::uint32_t slot) {
  const Flight& flight = flights_[slot];
  const HeldSamples held = flight.held;
  Training training{
      {flight.client, held.count, staleness(slot), held.first}, flight.turn, flight.version, flight.journey.arrived};
  finish(slot, Outcome::reported);
  record_.trained_samples += world_.population.work(held.count).samples;
  return training;
}

std::uint32_t RoundBook::staleness(std::uint32_t slot) const {
  return raw(world_.ledger.current()->number) - raw(flights_[slot].version->number);
}

void RoundBook::commit() {
  world_.ledger.commit();
  close_round();
}

void RoundBook::commit_mean(std::vector<ModelHandle> models) {
  world_.ledger.commit_mean(std::move(models));
  close_round();
}

void RoundBook::close_round() {
  failures_ = 0;
  record_.committed = world_.queue.now();
  RoundRecord next;
  next.round = record_.round + 1;
  next.total_bytes_down = record_.total_bytes_down;
  next.total_bytes_up = record_.total_bytes_up;
  committed_ = std::exchange(record_, next);
  if (rounds() % world_.evaluation.every != 0) return;
  evaluate();
  hand_over();
}

void RoundBook::hand_over() {
  if (committed_) world_.ledger.record(*committed_);
  committed_.reset();
}

std::optional<StopReason> RoundBook::fail(std::int64_t give_up, const std::string& text) {
  if (++failures_ < give_up) return std::nullopt;
  return StopReason{StopReason::Kind::gave_up, fmt::format("gave up after {} {}", failures_, text)};
}

std::optional<StopReason> RoundBook::reached() {
  const std::int64_t total = record_.total_bytes_down + record_.total_bytes_up;
  const StopRule& stop = world_.stop;
  if (stop.rounds && rounds() >= *stop.rounds) {
    return StopReason{StopReason::Kind::rounds, fmt::format("reached {} rounds", rounds())};
  }
  if (stop.bytes && total >= stop.bytes->count) {
    return StopReason{StopReason::Kind::bytes, fmt::format("used {} of {} bytes", total, stop.bytes->count)};
  }
  if (stop.accuracy && evaluated_ == rounds() && !world_.ledger.timing_only()) {
    world_.ledger.settle();
    const auto& last = world_.ledger.last_evaluation();
    if (last && last->test_accuracy >= *stop.accuracy) {
      return StopReason{StopReason::Kind::accuracy, fmt::format("reached a test accuracy of {:.4f}, the goal was {}",
                                                                last->test_accuracy, *stop.accuracy)};
    }
  }
  return std::nullopt;
}

std::optional<Event> RoundBook::end_of_time() const {
  if (!world_.stop.time) return std::nullopt;
  Event event;
  event.at = Time{0} + *world_.stop.time;
  event.phase = EventPhase::deadline;
  event.slot = kEndOfTime;
  event.tie = kEndOfTime;  // a round's deadline at the last moment of a run is still in time
  return event;
}

bool RoundBook::is_end_of_time(const Event& event) {
  return event.phase == EventPhase::deadline && event.slot == kEndOfTime;
}

StopReason RoundBook::time_is_over() const {
  return {StopReason::Kind::time,
          fmt::format("reached {} of virtual time", format_quantity(world_.stop.time->seconds(), Unit::second))};
}

void RoundBook::evaluate() {
  EvaluationPlan plan{world_.queue.now(), {}};
  const std::int64_t round = rounds();
  const auto available = static_cast<std::uint32_t>(world_.evaluable.size());
  const std::uint32_t wanted = std::min(world_.evaluation.per_client, available);
  if (wanted > 0) {
    Stream stream(world_.seed, Purpose::evaluation, 0u, static_cast<std::uint32_t>(round));
    for (const std::uint32_t pick : sample_without_replacement(stream, available, wanted)) {
      plan.clients.push_back(world_.evaluable[pick]);
    }
  }
  world_.ledger.evaluate(std::move(plan));
  evaluated_ = round;
}

void RoundBook::close() {
  if (evaluated_ < rounds()) evaluate();
  hand_over();
  world_.ledger.record_rest(record_);
}

}  // namespace fedtide
