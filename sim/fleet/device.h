#pragma once
// What a client computes and communicates with. A client's device is a pure function of (seed, client): never stored.

#include <memory>
#include <optional>

#include "sim/base/ids.h"
#include "sim/base/quantity.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/config/section.h"

namespace fedtide {

struct Device {
  FlopRate compute;                  ///< sustained rate of training
  std::optional<Bytes> memory = {};  ///< that training may use; none: as much as it wants
};

/// Which devices the clients have.
class DeviceModel {
 public:
  virtual ~DeviceModel() = default;
  virtual Device device(std::uint64_t seed, ClientId client) const = 0;
  /// Its devices have a memory.
  virtual bool knows_memory() const { return false; }
};
struct DeviceEntry {
  About about;
  std::unique_ptr<DeviceModel> (*read)(Section& section);  ///< reads its keys from `fleet.device:`
};

struct Link {
  BitRate down;
  BitRate up;
  Duration latency;  ///< one way, before each transfer
  Duration jitter;   ///< mean of the exponential extra latency of each transfer
};

/// Which links the clients have.
class LinkModel {
 public:
  virtual ~LinkModel() = default;
  virtual Link link(std::uint64_t seed, ClientId client) const = 0;
};
struct LinkEntry {
  About about;
  std::unique_ptr<LinkModel> (*read)(Section& section);  ///< reads its keys from `fleet.link:`
};

}  // namespace fedtide
