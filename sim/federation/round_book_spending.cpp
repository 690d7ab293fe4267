// The other half of the books: what turns spend, and what that does to batteries.

#include <cmath>

#include "sim/federation/round_book.h"

namespace fedtide {
namespace {

std::int64_t whole_bytes(double bytes) { return static_cast<std::int64_t>(std::llround(bytes)); }

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

/// Before the client is free: its next turn begins with what this one has left it.
void RoundBook::drain_battery(const Flight& flight) {
  const Legs legs = world_.fleet.legs(flight.client, flight.turn, flight.load);
  const auto stretches = stretches_of(flight, legs, world_.fleet.power(flight.client));
  const Time at = std::min(world_.queue.now(), flight.journey.ends);
  world_.population.batteries()->drain(flight.client, flight.journey.dispatched, stretches, at);
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

}  // namespace fedtide
