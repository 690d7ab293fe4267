// The devices' half of `check_in`: when they come, what they are told, and how their sessions end.

#include "sim/federation/check_in.h"

namespace fedtide {

/// Before the first has come, the server knows the hours and the speed of its devices from earlier days.
void CheckIn::call_devices() {
  const std::uint32_t devices = world_.population.population();
  comes_.resize(devices);
  const double reports = 1 / rule_.over_selection;
  const Duration usual = std::min(expected_turn(world_.population, reports), rule_.deadline);
  usual_round_s_ = usual.seconds();
  const Duration rendezvous = rule_.every.ns > 0 ? rule_.every : rule_.selection_timeout + rule_.deadline;
  const DayProfile day = rule_.pace.steering ? observe_day(world_.population, Time{0}) : DayProfile{};
  pace_.emplace(rule_.pace, day, devices, rule_.goal(), rendezvous);
  if (rule_.pace.steering) pace_->want_round_every(std::max(rule_.every, usual));
  for (std::uint32_t i = 0; i < devices; ++i) {
    if (world_.population.can_train(ClientId{i})) come_again(ClientId{i});
  }
}

void CheckIn::come_again(ClientId client) {
  const std::uint32_t times = comes_[raw(client)]++;
  Stream stream(world_.seed, Purpose::check_in, client, Turn{times});
  Event event;
  event.at = times == 0 ? pace_->first(stream) : pace_->next(world_.queue.now(), stream);
  event.phase = EventPhase::dispatch;
  event.tie = stream.next64();
  event.client = client;
  world_.queue.push(event);
}

void CheckIn::check_in(ClientId client) {
  const Time now = world_.queue.now();
  world_.population.set_now(now);
  if (!world_.population.eligible(client)) {
    count(TrafficCount::missed);
    return come_again(client);
  }
  count(TrafficCount::check_ins);
  if (!selection_.is_up(selection_.selector_of(client))) {
    count(TrafficCount::refused);
    return come_again(client);
  }
  Stream stream(world_.seed, Purpose::cohort, client, Turn{comes_[raw(client)]});
  const SelectionPhase::Answer answer = selection_.offer(client, now, stream);
  if (answer.instead_of) send_away(*answer.instead_of);
  if (!answer.place) return send_away({client, now});
  const Duration longest = rule_.selection_timeout + rule_.deadline + rule_.every;
  const Time leaves = world_.fleet.leaves(client, now, now + longest);
  if (leaves != Time::never()) push(Kind::leaving, leaves, *answer.place, selection_.generation(*answer.place));
  start_when_ready();
}

void CheckIn::send_away(const Waiting& device) {
  count(TrafficCount::rejected);
  traffic_.wait(device.since, world_.queue.now());
  come_again(device.client);
}

void CheckIn::lose_waiting(const Waiting& device, char ending) {
  count(TrafficCount::gone);
  traffic_.wait(device.since, world_.queue.now());
  traffic_.shape(session_shape(ClientPhase::download, ending));
  come_again(device.client);
}

/// The device is done with the server, and was told before when to come again.
void CheckIn::end_session(std::uint32_t slot, char ending) {
  const Flight& flight = book_.flight(slot);
  const Time now = world_.queue.now();
  traffic_.participate(flight.journey.dispatched, now);
  traffic_.shape(session_shape(flight.journey.phase_at(now), ending));
  come_again(flight.client);
}

void CheckIn::end_turn(std::uint32_t slot, Outcome outcome, char ending) {
  book_.finish(slot, outcome);
  end_session(slot, ending);
}

}  // namespace fedtide
