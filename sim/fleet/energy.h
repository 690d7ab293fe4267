#pragma once
// What a client's part in a run draws from its battery or its plug.
//
//   compute: power x seconds of computing
//   receive, send: power x seconds of transfer + energy per byte x bytes
//   idle: power x the seconds of a turn in which it waits for latency
//
// Power is what a device draws beyond what it would have drawn without the turn.

#include <cstdint>
#include <memory>

#include "sim/base/ids.h"
#include "sim/config/section.h"
#include "sim/fleet/device.h"

namespace fedtide {

/// What one client's device draws.
struct Power {
  double compute_w = 0;
  double receive_w = 0;
  double send_w = 0;
  double idle_w = 0;
  double receive_j_per_byte = 0;
  double send_j_per_byte = 0;
};

/// Joules, by what they were for.
struct Energy {
  double compute_j = 0;
  double receive_j = 0;
  double send_j = 0;
  double idle_j = 0;

  double total() const { return compute_j + receive_j + send_j + idle_j; }
  Energy& operator+=(const Energy& o) {
    compute_j += o.compute_j;
    receive_j += o.receive_j;
    send_j += o.send_j;
    idle_j += o.idle_j;
    return *this;
  }
};

/// Seconds of a turn, by what the device did in them.
struct Seconds {
  double wait_down = 0;  ///< before the first byte comes
  double receive = 0;
  double compute = 0;
  double wait_up = 0;  ///< before the first byte goes
  double send = 0;
};

/// `down`, `up`: bytes.
Energy energy_of(const Power& power, const Seconds& seconds, std::int64_t down, std::int64_t up);

/// Which parts of what clients spend a run knows, beside bytes and seconds.
struct Accounts {
  bool energy = false;
  bool carbon = false;   ///< with energy only
  bool metered = false;  ///< bytes over links that are paid by the byte
  bool pauses = false;   ///< seconds in which turns paused: their clients were away

  bool any() const { return energy || metered; }
};

/// What the clients' devices draw: a pure function of (seed, client, device).
class EnergyModel {
 public:
  virtual ~EnergyModel() = default;
  virtual Power power(std::uint64_t seed, ClientId client, const Device& device) const = 0;
};
struct EnergyEntry {
  About about;
  std::unique_ptr<EnergyModel> (*read)(Section& section);  ///< reads its keys from `fleet.energy:`; null: none is known
};

}  // namespace fedtide
