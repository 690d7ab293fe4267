#include "sim/fleet/all_of.h"

#include <algorithm>

namespace fedtide {

bool AllOf::available(std::uint64_t seed, ClientId client, Time at) const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.process->available(salted(seed, part.salt), client, at); });
}

Time AllOf::leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const {
  Time first = Time::never();
  for (const Part& part : parts_) {
    const Time left = part.process->leaves(salted(seed, part.salt), client, at, std::min(horizon, first));
    first = std::min(first, left);
  }
  return first;
}

Time AllOf::returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const {
  for (bool moved = true; moved;) {
    moved = false;
    for (const Part& part : parts_) {
      const std::uint64_t own = salted(seed, part.salt);
      if (part.process->available(own, client, at)) continue;
      at = part.process->returns(own, client, at, horizon);
      if (at == Time::never()) return at;
      moved = true;
    }
  }
  return at;
}

bool AllOf::lets_leave() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.process->lets_leave(); });
}

Outcome AllOf::cause(std::uint64_t seed, ClientId client, Time left) const {
  for (const Part& part : parts_) {
    const std::uint64_t own = salted(seed, part.salt);
    if (part.process->available(own, client, left)) continue;
    return part.ends ? *part.ends : part.process->cause(own, client, left);
  }
  return Outcome::left;
}

Duration AllOf::zone(std::uint64_t seed, ClientId client) const {
  return parts_.empty() ? Duration{} : parts_.front().process->zone(salted(seed, parts_.front().salt), client);
}

}  // namespace fedtide
