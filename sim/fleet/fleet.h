#pragma once
// What happens to a client in time: how long its download, training and upload take, and whether something cuts them
// short. Pure functions of (seed, client, turn, time); knows work and bytes, but no learning and no queue.

#include <memory>

#include "sim/fleet/availability.h"
#include "sim/fleet/battery.h"
#include "sim/fleet/carbon.h"
#include "sim/fleet/cause.h"
#include "sim/fleet/device.h"
#include "sim/fleet/energy.h"
#include "sim/fleet/shared_links.h"

namespace fedtide {

/// What one turn asks of a client.
struct Load {
  Bytes down;   ///< encoded size of what it receives
  Flops flops;  ///< of local training
  Bytes up;     ///< encoded size of its report
};

/// What the parts of a turn take with nobody else on the links.
struct Legs {
  Duration wait_down;  ///< latency and jitter before the first byte
  BitRate down;
  Duration compute;
  Duration wait_up;
  BitRate up;
};

/// One client's turn, planned at its dispatch. The three times are when a phase ends if nothing cuts it short.
struct Journey {
  Time dispatched;
  Time downloaded;
  Time computed;
  Time arrived;
  Time ends;                            ///< arrived, or when it is lost
  Outcome outcome = Outcome::reported;  ///< reported, or how it is lost

  bool lost() const { return outcome != Outcome::reported; }
  /// The phase it is in at a time; `done` from its arrival on.
  ClientPhase phase_at(Time at) const;
};

/// With nobody else on the links, and nothing that cuts it short.
Journey journey_of(const Legs& legs, const Load& load, Time at);

/// How far a turn has come by a time, linear within each phase.
struct Progress {
  double bytes_down = 0;
  double bytes_up = 0;
  double compute_s = 0;
};
Progress progress_at(const Journey& journey, const Load& load, Time at);
/// What the device has done in the seconds of a turn by a time.
Seconds seconds_at(const Journey& journey, const Legs& legs, Time at);

/// The experiment's `fleet:`.
struct FleetSpec {
  std::shared_ptr<const DeviceModel> device;
  std::shared_ptr<const LinkModel> link;
  std::shared_ptr<const Availability> availability;
  double dropout = 0;         ///< probability that a turn crashes, at a uniform moment of its planned length
  SharedLinks shared;         ///< where clients' transfers meet
  double compute_jitter = 0;  ///< sigma of the lognormal factor (median 1) on a turn's compute time
  Draw slowdown{Draw::Kind::constant, 1, 0};      ///< of another such factor
  double metered = 0;                             ///< share of the clients whose link is paid by the byte
  std::shared_ptr<const EnergyModel> energy;      ///< null: none is known
  std::shared_ptr<const CarbonIntensity> carbon;  ///< null: not asked for
  std::shared_ptr<const BatterySpec> battery;     ///< null: power comes without end
  Draw memory;                                    ///< of devices that say nothing of theirs; 0: no bound
  Draw recovery;                                  ///< s that a client is away after a crash
  bool pauses = false;                            ///< a client's leaving pauses its turn until it is back
};
FleetSpec read_fleet(Section& section);

class Fleet {
 public:
  Fleet(FleetSpec spec, std::uint64_t seed) : spec_(std::move(spec)), seed_(seed) {}

  Device device(ClientId client) const { return spec_.device->device(seed_, client); }
  Link link(ClientId client) const { return spec_.link->link(seed_, client); }
  bool available(ClientId client, Time at) const { return spec_.availability->available(seed_, client, at); }
  const SharedLinks& shared() const { return spec_.shared; }
  /// When the client, available at `at`, leaves; Time::never() if not before `horizon`.
  Time leaves(ClientId client, Time at, Time horizon) const {
    return spec_.availability->leaves(seed_, client, at, horizon);
  }
  /// False: no client ever leaves.
  bool lets_leave() const { return spec_.availability->lets_leave(); }
  /// How a turn is lost that ends with the client's leaving at `left`.
  Outcome cause(ClientId client, Time left) const { return spec_.availability->cause(seed_, client, left); }

  /// When the client, away at `at`, is back; Time::never() if not before `horizon`.
  Time returns(ClientId client, Time at, Time horizon) const {
    return spec_.availability->returns(seed_, client, at, horizon);
  }
  /// A client's leaving pauses its turn until it is back.
  bool pauses() const { return spec_.pauses; }
  /// How long a client is away after a crash; clients recover at once where this is nothing.
  Duration recovery(ClientId client, Turn turn) const;
  const std::shared_ptr<const BatterySpec>& battery() const { return spec_.battery; }
  std::uint64_t seed() const { return seed_; }
  /// Some clients' memory has a bound.
  bool bounds_memory() const {
    return spec_.device->knows_memory() || spec_.memory.kind != Draw::Kind::constant || spec_.memory.a > 0;
  }
  /// Memory that training on the client's device may use; none: no bound.
  std::optional<Bytes> memory(ClientId client) const;

  /// What is known of what clients spend.
  Accounts accounts() const;
  /// With accounts().energy.
  Power power(ClientId client) const { return spec_.energy->power(seed_, client, device(client)); }
  /// Grams of CO2-equivalent of a part of a turn, over which its joules are spread evenly. With accounts().carbon.
  double carbon(ClientId client, Time from, Time to, double joules) const;
  /// The client's link is paid by the byte.
  bool metered(ClientId client) const;

  /// The turn number names the random draws, here and in plan().
  Legs legs(ClientId client, Turn turn, const Load& load) const;
  /// What a client, available at `at`, will experience where no link is shared; where turns pause, without its leaving.
  /// `legs` are the turn's.
  Journey plan(ClientId client, Turn turn, Time at, const Load& load, const Legs& legs) const;
  Journey plan(ClientId client, Turn turn, Time at, const Load& load) const {
    return plan(client, turn, at, load, legs(client, turn, load));
  }
  /// What a server would expect of a turn from time 0 on by the device's and link's figures: no jitter of computing,
  /// the mean of the link's, no failures, nobody else on the links.
  Journey expected(ClientId client, const Load& load) const;

 private:
  FleetSpec spec_;
  std::uint64_t seed_;
};

}  // namespace fedtide
