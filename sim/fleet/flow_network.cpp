#include "sim/fleet/flow_network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

/// Rounded up, so that a flow never ends before its last byte.
Duration time_for(double bytes, double rate) {
  const double ns = std::ceil(std::max(bytes, 0.0) / rate * 1e9);
  return ns < 9.2e18 ? Duration{static_cast<std::int64_t>(ns)} : Duration::max();
}

}  // namespace

FlowNetwork::FlowNetwork(std::span<const BitRate> capacities) : across_(capacities.size()) {
  for (const BitRate& each : capacities) {
    FEDTIDE_REQUIRE(each.per_second > 0, "a shared link has a capacity of {}", each.per_second);
    capacities_.push_back(each.per_second / 8);
  }
}

FlowNetwork::Group FlowNetwork::add_group(std::span<const std::uint32_t> path) {
  const auto number = static_cast<Group>(groups_.size());
  Members group;
  group.path.assign(path.begin(), path.end());
  group.level = kUnlimited;
  for (const std::uint32_t link : path) across_.at(link).push_back(number);
  groups_.push_back(std::move(group));
  return number;
}

FlowNetwork::Flow FlowNetwork::start(Time now, Group number, BitRate limit, double bytes) {
  FEDTIDE_REQUIRE(limit.per_second > 0 && std::isfinite(limit.per_second) && bytes >= 0,
                  "a flow of {} bytes at {} bit/s", bytes, limit.per_second);
  move_to(now);
  if (free_.empty()) {
    free_.push_back(static_cast<Flow>(states_.size()));
    states_.emplace_back();
  }
  const Flow flow = free_.back();
  free_.pop_back();
  State& state = states_[flow];
  state.started = starts_++;
  state.group = number;
  state.limit = limit.per_second / 8;
  state.active = true;
  ++active_;
  Members& group = groups_[number];
  const Limit place{state.limit, state.started, flow};
  group.limits.insert(std::lower_bound(group.limits.begin(), group.limits.end(), place), place);
  if (state.limit <= group.level) {
    ++group.limited;
    run_limited(group, flow, bytes);
  } else {
    run_shared(group, flow, bytes);
  }
  group.changed = changed_ = true;
  return flow;
}

double FlowNetwork::cancel(Time now, Flow flow) {
  move_to(now);
  const double bytes = left(now, flow);
  remove(flow);
  return bytes;
}

double FlowNetwork::left(Time now, Flow flow) const {
  const State& state = states_[flow];
  FEDTIDE_REQUIRE(state.active, "flow {} has ended", flow);
  const double moved =
      state.limited ? state.limit * (now - state.since).seconds() : groups_[state.group].service_at(now);
  return std::max(state.mark - moved, 0.0);
}

double FlowNetwork::rate(Flow flow) {
  settle();
  const State& state = states_[flow];
  return 8 * (state.limited ? state.limit : groups_[state.group].level);
}

Time FlowNetwork::next() {
  settle();
  Time first = Time::never();
  for (Members& group : groups_) {
    drop_void(group.by_time);
    drop_void(group.by_service);
    if (!group.by_time.empty()) first = std::min(first, group.by_time.top().when);
    if (!group.by_service.empty()) first = std::min(first, group.due(group.by_service.top().when));
  }
  return first;
}

std::vector<FlowNetwork::Flow> FlowNetwork::finish(Time now) {
  settle();
  std::vector<Flow> done;
  for (Members& group : groups_) {
    for (drop_void(group.by_time); !group.by_time.empty() && group.by_time.top().when <= now;
         drop_void(group.by_time)) {
      done.push_back(group.by_time.top().flow);
      group.by_time.pop();
    }
    for (drop_void(group.by_service); !group.by_service.empty() && group.due(group.by_service.top().when) <= now;
         drop_void(group.by_service)) {
      done.push_back(group.by_service.top().flow);
      group.by_service.pop();
    }
  }
  move_to(now);
  std::sort(done.begin(), done.end(), [&](Flow a, Flow b) { return states_[a].started < states_[b].started; });
  for (const Flow flow : done) remove(flow);
  return done;
}

std::size_t FlowNetwork::Members::limited_at(double at) const {
  const auto above = std::upper_bound(limits.begin(), limits.end(), at,
                                      [](double rate, const Limit& each) { return rate < each.limit; });
  return static_cast<std::size_t>(above - limits.begin());
}

double FlowNetwork::Members::service_at(Time now) const {
  return limited < limits.size() ? service + level * (now - since).seconds() : service;
}

Time FlowNetwork::Members::due(double mark) const { return since + time_for(mark - service, level); }

/// What has changed counts from the instant at which it did.
void FlowNetwork::move_to(Time now) {
  FEDTIDE_REQUIRE(now >= now_, "{} ns is before {} ns", now.ns, now_.ns);
  if (now > now_) settle();
  now_ = now;
}

/// Progressive filling: the link with the lowest level decides for the groups across it; without them, again.
void FlowNetwork::settle() {
  if (!changed_) return;
  changed_ = false;
  for (Members& group : groups_) {
    if (!std::exchange(group.changed, false)) continue;
    group.below.assign(1, 0.0);
    for (const Limit& each : group.limits) group.below.push_back(group.below.back() + each.limit);
  }
  std::vector<double> capacity = capacities_;
  std::vector<double> levels(capacity.size());
  std::vector<std::uint8_t> stale(capacity.size(), 1);
  std::vector<std::uint8_t> fixed(groups_.size(), 0);
  for (;;) {
    std::size_t tightest = 0;
    for (std::uint32_t link = 0; link < levels.size(); ++link) {
      if (std::exchange(stale[link], std::uint8_t{0}) != 0) levels[link] = level_of(link, capacity[link], fixed);
      if (levels[link] < levels[tightest]) tightest = link;
    }
    if (levels.empty() || levels[tightest] == kUnlimited) break;
    const double level = levels[tightest];
    for (const Group number : across_[tightest]) {
      if (std::exchange(fixed[number], std::uint8_t{1}) != 0) continue;
      Members& group = groups_[number];
      set_level(group, level);
      const double used = group.below[group.limited] + static_cast<double>(group.limits.size() - group.limited) * level;
      for (const std::uint32_t link : group.path) {
        capacity[link] = std::max(capacity[link] - used, 0.0);
        stale[link] = 1;
      }
    }
  }
  for (Group number = 0; number < groups_.size(); ++number) {
    if (fixed[number] == 0) set_level(groups_[number], kUnlimited);
  }
}

/// The rate of flows that are not at their own limit, if this link were the only one. Every step lets flows at their
/// limit keep it, which raises what is left for the others, until none joins them.
double FlowNetwork::level_of(std::uint32_t link, double capacity, const std::vector<std::uint8_t>& fixed) const {
  double level = 0;
  std::size_t before = std::numeric_limits<std::size_t>::max();
  for (;;) {
    double taken = 0;
    std::size_t limited = 0, all = 0;
    for (const Group number : across_[link]) {
      if (fixed[number] != 0) continue;
      const Members& group = groups_[number];
      const std::size_t k = group.limited_at(level);
      taken += group.below[k];
      limited += k;
      all += group.limits.size();
    }
    if (limited == all) return kUnlimited;
    if (limited == before) return level;
    before = limited;
    level = std::max(level, (capacity - taken) / static_cast<double>(all - limited));
  }
}

void FlowNetwork::set_level(Members& group, double level) {
  if (group.level == level) return;
  const std::size_t limited = group.limited_at(level);
  const double service = group.service_at(now_);
  group.service = service;
  group.since = now_;
  for (; group.limited < limited; ++group.limited) {
    const Flow flow = group.limits[group.limited].flow;
    run_limited(group, flow, states_[flow].mark - service);
  }
  if (group.limited == group.limits.size()) group.service = 0;  // nobody counts by it
  const std::size_t before = group.limited;
  group.limited = limited;
  group.level = level;
  for (std::size_t i = limited; i < before; ++i) {
    const Flow flow = group.limits[i].flow;
    run_shared(group, flow, left(now_, flow));
  }
}

void FlowNetwork::run_limited(Members& group, Flow flow, double bytes) {
  State& state = states_[flow];
  state.limited = true;
  state.mark = std::max(bytes, 0.0);
  state.since = now_;
  group.by_time.push({now_ + time_for(state.mark, state.limit), state.started, flow, ++state.epoch});
}

void FlowNetwork::run_shared(Members& group, Flow flow, double bytes) {
  group.service = group.service_at(now_);
  group.since = now_;
  State& state = states_[flow];
  state.limited = false;
  state.mark = group.service + bytes;
  group.by_service.push({state.mark, state.started, flow, ++state.epoch});
}

void FlowNetwork::remove(Flow flow) {
  State& state = states_[flow];
  Members& group = groups_[state.group];
  if (!state.limited) {
    group.service = group.service_at(now_);
    group.since = now_;
  }
  group.limits.erase(
      std::lower_bound(group.limits.begin(), group.limits.end(), Limit{state.limit, state.started, flow}));
  if (state.limited) --group.limited;
  if (group.limited == group.limits.size()) {
    group.service = 0;
    group.level = kUnlimited;
  }
  ++state.epoch;
  state.active = false;
  --active_;
  free_.push_back(flow);
  group.changed = changed_ = true;
}

template <typename When>
void FlowNetwork::drop_void(Heap<When>& heap) const {
  while (!heap.empty() && states_[heap.top().flow].epoch != heap.top().epoch) heap.pop();
}

}  // namespace fedtide
