#pragma once
// When a client is eligible: a pure function of (seed, client, time). Asking never changes it.

#include <memory>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/config/section.h"

namespace fedtide {

class Availability {
 public:
  virtual ~Availability() = default;
  virtual bool available(std::uint64_t seed, ClientId client, Time at) const = 0;
  /// When the client, available at `at`, leaves; Time::never() if not before `horizon`.
  virtual Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const = 0;
};
struct AvailabilityEntry {
  About about;
  std::unique_ptr<Availability> (*read)(Section& section);  ///< reads its keys from `fleet.availability:`
};

}  // namespace fedtide
