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

Flight RoundBook::dispatch(ClientId client) {
  Flight flight;
  flight.client = client;
  flight.turn = world_.population.begin_turn(client);
  flight.held = world_.population.held(client);
  flight.load = world_.population.load(flight.held.count);
  flight.journey = world_.fleet.plan(client, flight.turn, world_.queue.now(), flight.load);
  flight.version = world_.ledger.current();
  ++record_.dispatched;
  return flight;
}

Event RoundBook::end_of(const Flight& flight, std::uint32_t slot, std::uint32_t generation) const {
  Event event;
  event.at = flight.journey.ends;
  event.phase = flight.journey.lost() ? EventPhase::lose : EventPhase::arrive;
  event.tie = Stream(world_.seed, Purpose::ties, flight.client, flight.turn).next64();
  event.client = flight.client;
  event.generation = generation;
  event.slot = slot;
  return event;
}

void RoundBook::finish(Flight& flight, Time at, Outcome outcome, bool free) {
  flight.ended = true;
  const Progress progress = progress_at(flight.journey, flight.load, at);
  const Spending spent{whole_bytes(progress.bytes_down), whole_bytes(progress.bytes_up), progress.compute_s};
  record_.spent += spent;
  if (outcome != Outcome::reported) record_.wasted += spent;
  ++record_.outcomes[static_cast<std::size_t>(outcome)];
  record_.total_bytes_down += spent.bytes_down;
  record_.total_bytes_up += spent.bytes_up;
  if (!free) release(flight);

  ClientTrace trace;
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
}

void RoundBook::take_in(Flight& flight, bool free) {
  const std::shared_ptr<const ModelVersion> version = flight.version;
  const Report report{flight.client, flight.held.count, staleness(flight), flight.held.first};
  finish(flight, flight.journey.arrived, Outcome::reported, free);
  record_.trained_samples += world_.population.work(flight.held.count).samples;
  world_.ledger.absorb(report, flight.turn, version, flight.journey.arrived);
}

std::uint32_t RoundBook::staleness(const Flight& flight) const {
  return raw(world_.ledger.current()->number) - raw(flight.version->number);
}

void RoundBook::commit() {
  failures_ = 0;
  world_.ledger.commit();
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
