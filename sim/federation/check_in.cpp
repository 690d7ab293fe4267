#include "sim/federation/check_in.h"

#include <algorithm>
#include <utility>

namespace fedtide {
namespace {

constexpr std::uint32_t kKinds = 16;  // an event's slot is its kind and, above it, what it is about

}  // namespace

CheckIn::CheckIn(CheckInRule rule, World& world)
    : rule_(std::move(rule)),
      world_(world),
      book_(world),
      selection_(world.seed, rule_.goal(), rule_.actors.selectors, rule_.actors.headroom),
      traffic_(rule_.bin),
      selector_life_(rule_.actors.selectors, 1) {}

void CheckIn::push(Kind kind, Time at, std::uint32_t index, std::uint32_t generation) {
  Event event;
  event.at = at;
  event.phase = kind == Kind::start ? EventPhase::evaluate : EventPhase::deadline;
  event.slot = static_cast<std::uint32_t>(kind) + kKinds * index;
  event.generation = generation;
  world_.queue.push(event);
}

void CheckIn::begin() {
  book_.evaluate();
  if (end_if(book_.reached())) return;
  call_devices();
  begin_actors();
  selection_.open();
  await_devices();
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void CheckIn::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  switch (event.phase) {
    case EventPhase::dispatch:
      return check_in(event.client);
    case EventPhase::deadline:
    case EventPhase::evaluate:
      act(event);
      break;
    default:
      play_turn(event);
  }
  count_bytes();
}

void CheckIn::act(const Event& event) {
  const std::uint32_t index = event.slot / kKinds;
  switch (static_cast<Kind>(event.slot % kKinds)) {
    case Kind::selection_timeout:
      if (event.generation == selection_generation_) selection_timed_out();
      return;
    case Kind::deadline:
      if (round_.open && event.generation == round_.number) close_round();
      return;
    case Kind::rejection:
      if (event.generation == book_.flight(index).generation) reject_when_due(index);
      return;
    case Kind::leaving:
      if (const auto device = selection_.leave(index, event.generation)) lose_waiting(*device, '!');
      return;
    case Kind::failure: {
      const auto actor = static_cast<Actor>(index % kActors);
      const std::uint32_t number = index / kActors;
      if (event.generation == 0 || event.generation == life_of(actor, number)) fail(actor, number);
      return;
    }
    case Kind::coordinator_noticed:
      if (event.generation == coordinator_life_) notice_coordinator(index);
      return;
    case Kind::selector_back:
      return bring_back_selector(index);
    case Kind::start:
      if (start_at_ == event.at) start_round();
      return;
  }
}

void CheckIn::play_turn(const Event& event) {
  const auto turn = book_.advance(event);
  if (!turn) return;
  const Session& session = sessions_[turn->slot];
  const bool in_time = round_.open && session.round == round_.number;
  if (!turn->arrived) {
    count(TrafficCount::lost);
    end_session(turn->slot, '!');
  } else if (in_time) {
    round_.reported.push_back(turn->slot);
    book_.release(turn->slot);
    count(TrafficCount::reported);
    end_session(turn->slot, '^');
  } else {
    reject(turn->slot);
  }
  if (!in_time) return;
  --round_.running;
  settle_when_decided();
}

/// The timeout runs from when a round might begin: a selection that goes on beside a round is not late yet.
void CheckIn::await_devices() {
  timed_out_ = false;
  push(Kind::selection_timeout, std::max(world_.queue.now(), earliest_) + rule_.selection_timeout, 0,
       ++selection_generation_);
}

void CheckIn::selection_timed_out() {
  if (round_.open || !coordinator_up_) return;
  if (selection_.waiting() >= rule_.fewest_selected()) {
    timed_out_ = true;
    return start_when_ready();
  }
  count(TrafficCount::failed_selections);
  ++book_.record().abandoned_rounds;
  const std::uint32_t came = selection_.waiting();
  for (const Waiting& device : selection_.dismiss()) send_away(device);
  end_if(book_.fail(
      rule_.give_up,
      fmt::format("rounds or selections in a row that failed; the last one had {} of the {} devices it needs", came,
                  rule_.fewest_selected())));
  if (stopped()) return;
  selection_.open();
  await_devices();
}

void CheckIn::start_when_ready() {
  const std::uint32_t needed = timed_out_ ? rule_.fewest_selected() : rule_.goal();
  if (round_.open || !coordinator_up_ || selection_.waiting() < needed) return;
  const Time at = std::max(world_.queue.now(), earliest_);
  if (start_at_ == at) return;
  start_at_ = at;
  push(Kind::start, at, 0, 0);
}

void CheckIn::start_round() {
  start_at_.reset();
  const std::uint32_t needed = timed_out_ ? rule_.fewest_selected() : rule_.goal();
  if (round_.open || !coordinator_up_) return;
  if (selection_.waiting() < needed) {
    // Some have left in this very instant; where the timeout is over, another one begins.
    if (timed_out_) await_devices();
    return;
  }
  const Time now = world_.queue.now();
  ++round_.number;
  round_.open = true;
  round_.began = now;
  round_.closes = now + rule_.deadline;
  earliest_ = now + rule_.every;
  timed_out_ = false;
  ++selection_generation_;
  Stream stream(world_.seed, Purpose::cohort, ~std::uint32_t{0}, round_.number);
  const std::vector<Waiting> chosen = selection_.forward(rule_.goal(), stream);
  round_.cohort.clear();
  round_.reported.clear();
  round_.running = chosen.size();
  book_.record().started = now;
  world_.population.set_now(now);
  for (std::uint32_t i = 0; i < chosen.size(); ++i) {
    traffic_.wait(chosen[i].since, now);
    const std::uint32_t slot = book_.dispatch(chosen[i].client);
    if (sessions_.size() <= slot) sessions_.resize(slot + 1);
    sessions_[slot] = {round_.number, i / rule_.actors.devices_per_aggregator, Outcome::surplus, round_.closes};
    round_.cohort.push_back(slot);
  }
  count(TrafficCount::selected, static_cast<std::int64_t>(chosen.size()));
  push(Kind::deadline, round_.closes, 0, round_.number);
  begin_round_actors();
  if (rule_.pipelined) return selection_.open();
  selection_.close();
  for (const Waiting& device : selection_.dismiss()) send_away(device);
}

void CheckIn::settle_when_decided() {
  if (round_.reported.size() >= rule_.cohort || round_.running == 0) close_round();
}

void CheckIn::close_round() {
  round_.reported.size() >= rule_.fewest_reported() ? commit_round() : abandon_round(Outcome::deadline);
}

void CheckIn::commit_round() {
  book_.hand_over();
  for (const std::uint32_t slot : round_.reported) book_.take_in(slot);
  stop_waiting_for_others(round_.reported.size() >= rule_.cohort ? Outcome::surplus : Outcome::deadline);
  constexpr double kWeight = 0.1;
  usual_round_s_ += kWeight * ((world_.queue.now() - round_.began).seconds() - usual_round_s_);
  pace_->want_round_every(std::max(rule_.every, Duration::from_seconds(usual_round_s_)));
  count(TrafficCount::rounds);
  book_.commit();
  if (!end_if(book_.reached())) after_round();
}

void CheckIn::abandon_round(Outcome rest) {
  for (const std::uint32_t slot : round_.reported) book_.finish(slot, Outcome::abandoned);
  const std::size_t reports = round_.reported.size();
  stop_waiting_for_others(rest);
  count(TrafficCount::failed_rounds);
  ++book_.record().abandoned_rounds;
  end_if(book_.fail(
      rule_.give_up,
      fmt::format("rounds or selections in a row that failed; the last one had {} of the {} reports it needs", reports,
                  rule_.fewest_reported())));
  if (!stopped() && !end_if(book_.reached())) after_round();
}

/// Those still at work go on until they would upload, or the deadline.
void CheckIn::stop_waiting_for_others(Outcome rest) {
  round_.open = false;
  for (const std::uint32_t slot : round_.cohort) {
    if (!book_.under_way(slot)) continue;
    sessions_[slot].late = rest;
    reject_when_due(slot);
  }
}

/// When a turn will have computed may change while it goes on: then it is looked at again.
void CheckIn::reject_when_due(std::uint32_t slot) {
  const Flight& flight = book_.flight(slot);
  const Time until = std::min(flight.journey.computed, sessions_[slot].closes);
  if (until <= world_.queue.now()) return reject(slot);
  push(Kind::rejection, until, slot, flight.generation);
}

void CheckIn::reject(std::uint32_t slot) {
  const bool uploads = book_.flight(slot).journey.phase_at(world_.queue.now()) >= ClientPhase::upload;
  count(TrafficCount::late);
  end_turn(slot, sessions_[slot].late, uploads ? '#' : '!');
}

void CheckIn::after_round() {
  if (!selection_.is_open()) selection_.open();
  await_devices();
  start_when_ready();
}

/// What has moved since it was counted last, by now.
void CheckIn::count_bytes() {
  const RoundRecord& record = book_.record();
  count(TrafficCount::bytes_down, record.total_bytes_down - std::exchange(counted_down_, record.total_bytes_down));
  count(TrafficCount::bytes_up, record.total_bytes_up - std::exchange(counted_up_, record.total_bytes_up));
}

void CheckIn::end(StopReason reason) {
  if (round_.open) {
    for (const std::uint32_t slot : round_.reported) book_.finish(slot, Outcome::abandoned);
  }
  for (std::uint32_t slot = 0; slot < book_.slots(); ++slot) {
    if (!book_.under_way(slot)) continue;
    traffic_.participate(book_.flight(slot).journey.dispatched, world_.queue.now());
    book_.finish(slot, Outcome::abandoned);
  }
  count_bytes();
  book_.close();
  world_.ledger.record(std::make_shared<const Sessions>(traffic_.sessions()));
  stop(std::move(reason));
}

}  // namespace fedtide
