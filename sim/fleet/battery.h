#pragma once
// Batteries: charged while their clients are plugged in, drained by turns and by their owners.
//
//   level(t + dt) = level(t) + (charge if plugged in, else -use) dt - what the turn draws dt, within [0, capacity]
//
// When a client is plugged in is a pure function of (seed, client, time), so a level follows from any earlier one:
// only clients that have taken part have one of their own (16 bytes), and nothing happens in time by itself.

#include <memory>
#include <span>
#include <unordered_map>

#include "sim/fleet/all_of.h"

namespace fedtide {

/// `fleet.battery:`.
struct BatterySpec {
  Draw capacity;       ///< J
  Draw start;          ///< level at the run's start, share of the capacity
  Draw charge;         ///< W into it, while it is plugged in
  Draw use;            ///< W by its owner, while it is not
  double minimum = 0;  ///< share from which on a client may be selected
  double stop = 0;     ///< share at which a turn ends
  std::shared_ptr<const Availability> charging;
};
/// Null: there are none.
std::shared_ptr<const BatterySpec> read_battery(Section& section);

/// A part of a turn in which a device draws the same power.
struct Draining {
  Time end;
  double watts = 0;
};

class Batteries {
 public:
  Batteries(std::shared_ptr<const BatterySpec> spec, std::uint64_t seed) : spec_(std::move(spec)), seed_(seed) {}

  /// J; `now` is no earlier than the client's last turn's end.
  double capacity(ClientId client) const;
  double level(ClientId client, Time now) const;
  /// Charged well enough to be selected.
  bool ready(ClientId client, Time now) const;

  /// When a turn that begins at `from` has drained its battery to the level at which it ends; Time::never() if it does
  /// not within its parts, which are in order of time.
  Time empties(ClientId client, Time from, std::span<const Draining> parts) const;
  /// What a turn from `from` to `to` has drawn is taken off.
  void drain(ClientId client, Time from, std::span<const Draining> parts, Time to);
  /// The same of energy that is drawn at one instant.
  void take(ClientId client, Time at, double joules);

  std::size_t known() const { return states_.size(); }  ///< clients with a level of their own

 private:
  /// What a client's battery is like, drawn anew each time.
  struct Battery {
    double capacity = 0;  // J
    double start = 0;     // J
    double charge_w = 0;
    double use_w = 0;
  };
  struct State {
    double level = 0;
    Time at;
  };
  Battery battery(ClientId client) const;
  State state(ClientId client, const Battery& battery) const;
  Time walk(ClientId client, const Battery& battery, State& state, Time to, double watts, double floor) const;

  std::shared_ptr<const BatterySpec> spec_;
  std::uint64_t seed_;
  std::unordered_map<std::uint32_t, State> states_;
};

}  // namespace fedtide
