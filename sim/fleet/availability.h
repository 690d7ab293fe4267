#pragma once
// When a client is eligible: a pure function of (seed, client, time). Asking never changes it.

#include <memory>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/config/section.h"
#include "sim/fleet/cause.h"

namespace fedtide {

class Availability {
 public:
  virtual ~Availability() = default;
  virtual bool available(std::uint64_t seed, ClientId client, Time at) const = 0;
  /// When the client, available at `at`, leaves; Time::never() if not before `horizon`.
  virtual Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const = 0;
  /// When the client, away at `at`, is available again; Time::never() if not before `horizon`.
  virtual Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const = 0;
  /// False: nobody ever leaves.
  virtual bool lets_leave() const { return true; }
  /// How a turn ends that is cut short because the client left at `left`, as leaves() said.
  virtual Outcome cause(std::uint64_t /*seed*/, ClientId /*client*/, Time /*left*/) const { return Outcome::left; }
  /// How far the client's clock is ahead of the run's.
  virtual Duration zone(std::uint64_t /*seed*/, ClientId /*client*/) const { return {}; }
};
struct AvailabilityEntry {
  About about;
  std::unique_ptr<Availability> (*read)(Section& section);  ///< reads its keys from `fleet.availability:`
};

}  // namespace fedtide
