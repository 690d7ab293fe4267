#include "sim/federation/population.h"

#include <algorithm>

#include "sim/base/error.h"

namespace fedtide {

Population::Population(const std::vector<std::uint32_t>& samples, TurnCost cost, const Fleet& fleet, Arrival arrival)
    : cost_(std::move(cost)), fleet_(fleet), arrival_(arrival) {
  clients_.reserve(samples.size());
  for (const std::uint32_t count : samples) clients_.push_back({count, 0, kFree, 0});
  if (fleet_.battery()) batteries_.emplace(fleet_.battery(), fleet_.seed());
  if (!fleet_.bounds_memory()) return;
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    const std::optional<Bytes> memory = fleet_.memory(ClientId{i});
    if (clients_[i].samples == 0 || !memory || *memory >= cost_.memory) continue;
    clients_[i].state = kNever;
    ++too_small_;
  }
}

void Population::set_now(Time now) {
  if (now < now_) {
    for (Client& client : clients_) client.away = 0;  // it tells of what came after it was asked
  }
  now_ = now;
}

/// Who is looked for among a million is mostly away, and looked for again.
bool Population::in_its_hours(ClientId client) const {
  std::uint32_t& away = clients_[raw(client)].away;
  if (now_.ns < away * kAwayUnit) return false;
  if (fleet_.available(client, now_)) return true;
  const Time horizon = now_ + Duration::from_seconds(4 * 3600);
  const Time back = std::min(fleet_.returns(client, now_, horizon), horizon);
  away = static_cast<std::uint32_t>(std::min<std::int64_t>(back.ns / kAwayUnit, ~std::uint32_t{0}));
  return false;
}

bool Population::present(ClientId client) const {
  if (clients_[raw(client)].state != kFree || !in_its_hours(client)) return false;
  if (!away_.empty()) {
    const auto away = away_.find(raw(client));
    if (away != away_.end() && now_ < away->second) return false;
  }
  return !batteries_ || batteries_->ready(client, now_);
}

ClientView Population::view(ClientId client) const {
  ClientView view;
  const HeldSamples now = held(client);
  view.samples = now.count;
  view.estimated = fleet_.expected(client, load(now.count)).arrived - Time{0};
  view.dispatched = clients_[raw(client)].turns;
  return view;
}

Work Population::work(std::uint32_t samples, std::int64_t steps) const {
  SolverSpec solver = cost_.solver;
  solver.steps = steps;
  return work_of(solver, samples);
}

std::optional<std::int64_t> Population::epochs() const {
  if (cost_.solver.steps) return std::nullopt;
  return cost_.solver.epochs;
}

Load Population::load(std::uint32_t samples, const Work& done) const {
  const double passes = cost_.extra_passes * samples;
  const double trained = static_cast<double>(done.samples) * (1 + cost_.extra_trainings) + passes;
  return {cost_.down, {trained * cost_.flops_per_sample}, cost_.up};
}

Turn Population::begin_turn(ClientId client) {
  Client& who = clients_[raw(client)];
  who.state = kBusy;
  FEDTIDE_REQUIRE(who.turns < kMostTurns, "client {} has had {} turns: its next has no name", raw(client), kMostTurns);
  return Turn{who.turns++};
}

}  // namespace fedtide
