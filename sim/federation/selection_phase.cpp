#include "sim/federation/selection_phase.h"

#include <algorithm>
#include <cmath>

#include "sim/base/distributions.h"

namespace fedtide {

SelectionPhase::SelectionPhase(std::uint64_t seed, std::uint32_t goal, std::uint32_t selectors, double headroom)
    : seed_(seed), goal_(goal), headroom_(headroom), selectors_(selectors) {
  share_quotas();
}

std::uint32_t SelectionPhase::selector_of(ClientId client) const {
  if (selectors_.size() == 1) return 0;
  Stream stream(seed_, Purpose::actor, client);
  return uniform_below(stream, selectors());
}

void SelectionPhase::share_quotas() {
  const auto up = std::count_if(selectors_.begin(), selectors_.end(), [](const Selector& s) { return s.up; });
  if (up == 0) return;
  const double quota = std::ceil(headroom_ * goal_ / static_cast<double>(up) - 1e-9);
  for (Selector& selector : selectors_) selector.held.set_capacity(static_cast<std::uint32_t>(quota));
}

void SelectionPhase::open() {
  open_ = true;
  for (Selector& selector : selectors_) selector.held.restart();
}

SelectionPhase::Answer SelectionPhase::offer(ClientId client, Time now, Stream& stream) {
  if (!open_) return {};
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  const std::uint32_t selector = selector_of(client);
  const std::optional<std::uint32_t> out = selectors_[selector].held.offer(place, stream);
  if (out == place) return {};
  free_.pop_back();
  places_[place].waiting = {client, now};
  places_[place].selector = selector;
  ++waiting_;
  Answer answer;
  answer.place = place;
  if (out) answer.instead_of = free(*out);
  return answer;
}

/// The place is anybody's again; who had it.
Waiting SelectionPhase::free(std::uint32_t place) {
  ++places_[place].generation;
  free_.push_back(place);
  --waiting_;
  return places_[place].waiting;
}

std::optional<Waiting> SelectionPhase::leave(std::uint32_t place, std::uint32_t generation) {
  if (places_[place].generation != generation) return std::nullopt;
  selectors_[places_[place].selector].held.remove(place);
  return free(place);
}

std::vector<Waiting> SelectionPhase::forward(std::uint32_t count, Stream& stream) {
  std::vector<std::uint32_t> all;
  for (const Selector& selector : selectors_) {
    all.insert(all.end(), selector.held.held().begin(), selector.held.held().end());
  }
  std::vector<Waiting> chosen;
  std::vector<bool> taken(places_.size());
  const auto size = static_cast<std::uint32_t>(all.size());
  for (const std::uint32_t i : sample_without_replacement(stream, size, std::min(count, size))) {
    taken[all[i]] = true;
    chosen.push_back(free(all[i]));
  }
  for (Selector& selector : selectors_) {
    selector.held.remove_if([&](std::uint32_t place) { return taken[place]; });
  }
  return chosen;
}

std::vector<Waiting> SelectionPhase::dismiss() {
  std::vector<Waiting> all;
  for (Selector& selector : selectors_) {
    for (const std::uint32_t place : selector.held.take()) all.push_back(free(place));
  }
  return all;
}

std::vector<Waiting> SelectionPhase::kill(std::uint32_t selector) {
  std::vector<Waiting> lost;
  for (const std::uint32_t place : selectors_[selector].held.take()) lost.push_back(free(place));
  selectors_[selector].up = false;
  share_quotas();
  return lost;
}

void SelectionPhase::restart(std::uint32_t selector) {
  selectors_[selector].up = true;
  share_quotas();
}

}  // namespace fedtide
