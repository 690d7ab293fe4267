#pragma once
// All virtual clients as the protocol sees them: a few bytes each, whatever the model's size.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/base/ids.h"
#include "sim/federation/selector.h"
#include "sim/fleet/fleet.h"
#include "sim/learn/arrival.h"
#include "sim/learn/solver.h"

namespace fedtide {

/// What a turn costs, apart from who does it.
struct TurnCost {
  Bytes down;                   ///< encoded model and what comes with it
  Bytes up;                     ///< encoded report
  double flops_per_sample = 0;  ///< forward and backward
  double extra_passes = 0;      ///< gradient passes over the shard beside local training
  SolverSpec solver;
  Bytes memory;                ///< that training needs
  double extra_trainings = 0;  ///< further passes, per pass of local training
};

class Population final : public Candidates {
 public:
  /// samples[i]: training samples of client i, once all have come.
  Population(const std::vector<std::uint32_t>& samples, TurnCost cost, const Fleet& fleet, Arrival arrival = {});

  std::uint32_t population() const override { return static_cast<std::uint32_t>(clients_.size()); }
  bool eligible(ClientId client) const override { return clients_[raw(client)].samples > 0 && present(client); }
  /// The same without data: what passes models on needs none.
  bool present(ClientId client) const;
  ClientView view(ClientId client) const override;
  void fetch(ClientId client) const override { __builtin_prefetch(&clients_[raw(client)]); }

  /// The training samples that a client has now.
  HeldSamples held(ClientId client) const { return arrival_.held(clients_[raw(client)].samples, now_); }
  /// What a turn over so many samples is.
  Work work(std::uint32_t samples) const { return work_of(cost_.solver, samples); }
  Load load(std::uint32_t samples) const { return load(samples, work(samples)); }
  /// Of a turn that does less than the whole.
  Load load(std::uint32_t samples, const Work& done) const;
  /// The same over so many samples for so many steps.
  Work work(std::uint32_t samples, std::int64_t steps) const;
  /// Passes over the samples that a turn makes, where local training is told in passes.
  std::optional<std::int64_t> epochs() const;

  /// Selectors and plans see the population at this time.
  void set_now(Time now);
  /// The client is dispatched: busy until release(); returns the number of this turn.
  Turn begin_turn(ClientId client);
  void release(ClientId client) { clients_[raw(client)].state = kFree; }
  /// Not eligible until then: it has crashed.
  void keep_away(ClientId client, Time until) { away_[raw(client)] = until; }
  /// Null: power comes without end.
  Batteries* batteries() { return batteries_ ? &*batteries_ : nullptr; }
  /// It has samples, and its device enough memory to train on them.
  bool can_train(ClientId client) const { return clients_[raw(client)].samples > 0 && can_hold(client); }
  /// Its device has enough memory.
  bool can_hold(ClientId client) const { return clients_[raw(client)].state != kNever; }
  /// Clients with samples whose devices have too little memory to train on them.
  std::uint32_t too_small() const { return too_small_; }

 private:
  enum State : std::uint32_t {
    kFree,
    kBusy,
    kNever,  ///< its device is too small: nobody ever dispatches to it, so nothing releases it
  };
  static constexpr std::uint32_t kMostTurns = (1u << 30) - 1;
  static constexpr std::int64_t kAwayUnit = std::int64_t{1} << 28;  // ns; 2^32 of them are 36 years

  /// Together, since they are looked at together, in random order.
  struct Client {
    std::uint32_t samples;
    std::uint32_t turns : 30;
    std::uint32_t state : 2;
    std::uint32_t away;  ///< of kAwayUnit, rounded down: its hours keep it away until, where it was found so
  };

  bool in_its_hours(ClientId client) const;

  mutable std::vector<Client> clients_;  ///< `away` follows from the fleet: remembered, not decided
  std::unordered_map<std::uint32_t, Time> away_;
  std::optional<Batteries> batteries_;
  std::uint32_t too_small_ = 0;
  TurnCost cost_;
  const Fleet& fleet_;
  Arrival arrival_;
  Time now_;
};

}  // namespace fedtide
