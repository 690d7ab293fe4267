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
  group.limits.insert({state.limit, state.started, flow});
  if (state.limit <= group.level) {
    ++group.limited;
    run_limited(group, flow, bytes);
  } else {
    run_shared(group, flow, bytes);
  }
  changed_ = true;
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

const std::vector<FlowNetwork::Flow>& FlowNetwork::finish(Time now) {
  settle();
  done_.clear();
  for (Members& group : groups_) {
    for (drop_void(group.by_time); !group.by_time.empty() && group.by_time.top().when <= now;
         drop_void(group.by_time)) {
      done_.push_back(group.by_time.top().flow);
      group.by_time.pop();
    }
    for (drop_void(group.by_service); !group.by_service.empty() && group.due(group.by_service.top().when) <= now;
         drop_void(group.by_service)) {
      done_.push_back(group.by_service.top().flow);
      group.by_service.pop();
    }
  }
  move_to(now);
  std::sort(done_.begin(), done_.end(), [&](Flow a, Flow b) { return states_[a].started < states_[b].started; });
  // Those of one limit stand in the order of their starts: from the back, few of the others move.
  std::for_each(done_.rbegin(), done_.rend(), [this](Flow flow) { remove(flow); });
  return done_;
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
  free_capacity_ = capacities_;
  levels_.resize(capacities_.size(), kUnlimited);
  last_levels_.resize(capacities_.size(), kUnlimited);
  stale_.assign(capacities_.size(), 1);
  fixed_.assign(groups_.size(), 0);
  for (;;) {
    std::size_t tightest = 0;
    for (std::uint32_t link = 0; link < levels_.size(); ++link) {
      if (std::exchange(stale_[link], std::uint8_t{0}) != 0) levels_[link] = level_of(link);
      if (levels_[link] < levels_[tightest]) tightest = link;
    }
    if (levels_.empty() || levels_[tightest] == kUnlimited) break;
    const double level = levels_[tightest];
    for (const Group number : across_[tightest]) {
      if (std::exchange(fixed_[number], std::uint8_t{1}) != 0) continue;
      Members& group = groups_[number];
      group.limits.walk_to(level);
      set_level(group, level);
      const double shared = static_cast<double>(group.limits.size() - group.limited) * level;
      for (const std::uint32_t link : group.path) {
        free_capacity_[link] = std::max(free_capacity_[link] - (group.limits.sum() + shared), 0.0);
        stale_[link] = 1;
      }
    }
  }
  for (Group number = 0; number < groups_.size(); ++number) {
    if (fixed_[number] == 0) set_level(groups_[number], kUnlimited);
  }
}

/// The rate of flows that are not at their own limit, if this link were the only one: the root of the sum of
/// min(limit, level) less the capacity, by Newton's method. The sum is concave, so that after the first step, from the
/// level before, the level only rises, and each step lets flows at their limit keep it, until none joins them.
double FlowNetwork::level_of(std::uint32_t link) {
  const double capacity = free_capacity_[link];
  double level = last_levels_[link];
  for (bool first = true;; first = false) {
    double taken = 0;
    std::size_t limited = 0, all = 0;
    bool moved = first;
    for (const Group number : across_[link]) {
      if (fixed_[number] != 0) continue;
      FlowLimits& limits = groups_[number].limits;
      moved = limits.walk_to(level) || moved;
      taken += limits.sum();
      limited += limits.count();
      all += limits.size();
    }
    if (all == 0) return kUnlimited;
    const bool all_fit = limited == all && (!first || taken <= capacity);
    if (all_fit || !moved) return last_levels_[link] = all_fit ? kUnlimited : level;
    const double next =
        limited == all ? capacity / static_cast<double>(all) : (capacity - taken) / static_cast<double>(all - limited);
    level = first ? std::max(next, 0.0) : std::max(level, next);
  }
}

void FlowNetwork::set_level(Members& group, double level) {
  if (group.level == level) return;
  group.limits.walk_to(level);
  const std::size_t limited = group.limits.count();
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
  group.limits.erase({state.limit, state.started, flow});
  if (state.limited) --group.limited;
  if (group.limited == group.limits.size()) {
    group.service = 0;
    group.level = kUnlimited;
  }
  ++state.epoch;
  state.active = false;
  --active_;
  free_.push_back(flow);
  changed_ = true;
}

template <typename When>
void FlowNetwork::drop_void(Heap<When>& heap) const {
  while (!heap.empty() && states_[heap.top().flow].epoch != heap.top().epoch) heap.pop();
}

}  // namespace fedtide
