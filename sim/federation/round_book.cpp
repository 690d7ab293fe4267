#include "sim/federation/round_book.h"

#include <algorithm>
#include <utility>

#include "sim/base/distributions.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kEndOfTime = ~std::uint32_t{0};  // slot of the event that is about no turn and no round

}  // namespace

RoundBook::RoundBook(World& world) : world_(world), accounts_(world.fleet.accounts()) {
  record_.round = 1;
  if (world.fleet.shared().any() || world.fleet.pauses()) transit_ = std::make_unique<Transit>(world, flights_);
}

std::uint32_t RoundBook::dispatch(ClientId client, const WorkLimit& limit) {
  return dispatch(client, world_.ledger.current(), 1, 1, limit);
}

std::uint32_t RoundBook::dispatch(ClientId client, ModelHandle from, std::uint32_t received, std::uint32_t sent,
                                  const WorkLimit& limit) {
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
  flight.steps = limit.any() ? steps_in_time(limit, world_, client, flight.turn) : std::nullopt;
  flight.load = world_.population.load(flight.held.count, work_of(flight));
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

Work RoundBook::work_of(const Flight& flight) const {
  const Population& population = world_.population;
  return flight.steps ? population.work(flight.held.count, *flight.steps) : population.work(flight.held.count);
}

Training RoundBook::report(std::uint32_t slot) {
  const Flight& flight = flights_[slot];
  const HeldSamples held = flight.held;
  Training training{{flight.client, held.count, staleness(slot), held.first, flight.steps},
                    flight.turn,
                    flight.version,
                    flight.journey.arrived};
  finish(slot, Outcome::reported);
  record_.trained_samples += work_of(flight).samples;
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
  if (world_.ledger.evaluates_owners()) {
    for (const ClientId client : plan.clients) plan.held.push_back(world_.population.held(client));
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
