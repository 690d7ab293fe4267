// The server's half of `check_in`: what goes with an actor that fails, and what brings it back.

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/federation/check_in.h"

namespace fedtide {

void CheckIn::begin_actors() {
  await_failure(Actor::coordinator, 0, coordinator_life_);
  for (std::uint32_t i = 0; i < selection_.selectors(); ++i) await_failure(Actor::selector, i, selector_life_[i]);
  for (const Kill& kill : rule_.actors.kills) {
    push(Kind::failure, Time{0} + kill.at, static_cast<std::uint32_t>(kill.actor) + kActors * kill.number, 0);
  }
}

void CheckIn::begin_round_actors() {
  await_failure(Actor::master, 0, round_.number);
  const auto devices = static_cast<std::uint32_t>(round_.cohort.size());
  const std::uint32_t each = rule_.actors.devices_per_aggregator;
  for (std::uint32_t i = 0; i * std::uint64_t{each} < devices; ++i) await_failure(Actor::aggregator, i, round_.number);
}

void CheckIn::await_failure(Actor actor, std::uint32_t number, std::uint32_t life) {
  const auto after = rule_.actors.fails_after(world_.seed, actor, number, life);
  if (!after) return;
  const Time at = world_.queue.now() + *after;
  const bool of_round = actor == Actor::master || actor == Actor::aggregator;
  if (of_round && at > round_.closes) return;
  push(Kind::failure, at, static_cast<std::uint32_t>(actor) + kActors * number, life);
}

std::uint32_t CheckIn::life_of(Actor actor, std::uint32_t number) const {
  if (actor == Actor::coordinator) return coordinator_life_;
  return actor == Actor::selector ? selector_life_[number] : round_.number;
}

void CheckIn::fail(Actor actor, std::uint32_t number) {
  switch (actor) {
    case Actor::coordinator:
      return fail_coordinator();
    case Actor::selector:
      return fail_selector(number);
    case Actor::master:
      return fail_master();
    case Actor::aggregator:
      return fail_aggregator(number);
  }
}

/// The round that goes on is its master's, and does.
void CheckIn::fail_coordinator() {
  if (!std::exchange(coordinator_up_, false)) return;
  count(TrafficCount::coordinator_failures);
  ++coordinator_life_;
  for (std::uint32_t i = 0; i < selection_.selectors(); ++i) {
    const Duration after = rule_.actors.notices_after(world_.seed, i, coordinator_life_);
    push(Kind::coordinator_noticed, world_.queue.now() + after, i, coordinator_life_);
  }
}

/// Whoever notices first has the lock and starts a new one; the others find it there.
void CheckIn::notice_coordinator(std::uint32_t selector) {
  if (coordinator_up_ || !selection_.is_up(selector)) return;
  coordinator_up_ = true;
  count(TrafficCount::respawns);
  await_failure(Actor::coordinator, 0, coordinator_life_);
  if (round_.open) return;
  await_devices();
  start_when_ready();
}

void CheckIn::fail_selector(std::uint32_t selector) {
  if (selector >= selection_.selectors() || !selection_.is_up(selector)) return;
  count(TrafficCount::selector_failures);
  ++selector_life_[selector];
  for (const Waiting& device : selection_.kill(selector)) lose_waiting(device, '*');
  push(Kind::selector_back, world_.queue.now() + rule_.actors.restart, selector, 0);
}

void CheckIn::bring_back_selector(std::uint32_t selector) {
  selection_.restart(selector);
  await_failure(Actor::selector, selector, selector_life_[selector]);
  if (coordinator_up_) return;
  const Duration after = rule_.actors.notices_after(world_.seed, selector, coordinator_life_);
  push(Kind::coordinator_noticed, world_.queue.now() + after, selector, coordinator_life_);
}

/// The round is lost with all who are in it; the next one starts from the last committed version.
void CheckIn::fail_master() {
  if (!round_.open) return;
  count(TrafficCount::master_failures);
  for (const std::uint32_t slot : round_.cohort) {
    if (!book_.under_way(slot)) continue;
    count(TrafficCount::lost);
    end_turn(slot, Outcome::abandoned, '*');
  }
  abandon_round(Outcome::abandoned);
}

/// Its devices' reports are lost, those that are in too; the round goes on with the others'.
void CheckIn::fail_aggregator(std::uint32_t aggregator) {
  const auto first = std::uint64_t{aggregator} * rule_.actors.devices_per_aggregator;
  if (!round_.open || first >= round_.cohort.size()) return;
  count(TrafficCount::aggregator_failures);
  const auto its = [&](std::uint32_t slot) { return sessions_[slot].aggregator == aggregator; };
  const auto lost = std::stable_partition(round_.reported.begin(), round_.reported.end(),
                                          [&](std::uint32_t slot) { return !its(slot); });
  std::for_each(lost, round_.reported.end(), [&](std::uint32_t slot) { book_.finish(slot, Outcome::abandoned); });
  round_.reported.erase(lost, round_.reported.end());
  for (const std::uint32_t slot : round_.cohort) {
    if (!its(slot) || !book_.under_way(slot)) continue;
    count(TrafficCount::lost);
    end_turn(slot, Outcome::abandoned, '*');
    --round_.running;
  }
  settle_when_decided();
}

}  // namespace fedtide
