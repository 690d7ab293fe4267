#include "sim/federation/population.h"

namespace fedtide {

Population::Population(std::vector<std::uint32_t> samples, TurnCost cost, const Fleet& fleet, Arrival arrival)
    : samples_(std::move(samples)),
      turns_(samples_.size(), 0),
      busy_(samples_.size(), 0),
      cost_(std::move(cost)),
      fleet_(fleet),
      arrival_(arrival) {
  if (fleet_.battery()) batteries_.emplace(fleet_.battery(), fleet_.seed());
  if (!fleet_.bounds_memory()) return;
  for (std::uint32_t i = 0; i < samples_.size(); ++i) {
    const std::optional<Bytes> memory = fleet_.memory(ClientId{i});
    if (samples_[i] == 0 || !memory || *memory >= cost_.memory) continue;
    busy_[i] = kNever;
    ++too_small_;
  }
}

bool Population::present(ClientId client) const {
  if (busy_[raw(client)] != 0 || !fleet_.available(client, now_)) return false;
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
  view.dispatched = turns_[raw(client)];
  return view;
}

Load Population::load(std::uint32_t samples) const {
  const double passes = cost_.extra_passes * samples;
  const double trained = static_cast<double>(work(samples).samples) + passes;
  return {cost_.down, {trained * cost_.flops_per_sample}, cost_.up};
}

Turn Population::begin_turn(ClientId client) {
  busy_[raw(client)] = 1;
  return Turn{turns_[raw(client)]++};
}

}  // namespace fedtide
