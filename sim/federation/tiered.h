#pragma once
// Asynchronous tiers: clients of like speed make rounds together, tiers do not wait for each other.
//   Chai, Chen, Anwar, Zhao, Cheng, Rangwala: FedAT: a high-performance and communication-efficient federated learning
//   system with asynchronous tiers. SC 2021 (arXiv 2010.05958), algorithm 1.
//
//   the clients are parted into M tiers of the same size by the expected time of their turns; tier 1 is the fastest
//   tier m, each round:   some of its clients train from the server's w;  w_m <- w + sum_k n_k delta_k / sum_k n_k
//                         T_m <- T_m + 1,  T = sum_m T_m
//   the server then:      w <- sum_m (T_(M+1-m) / T) w_m        w_m is the first model until the tier's first round
//
// A tier that makes few rounds weighs as much as the one that makes most, so that the fast do not take the model for
// themselves. `weights: equal` is 1 / M for each. Every round of a tier in which somebody reported makes a version.
// It ends when all of its cohort have reported or are lost, or at the deadline.

#include "sim/federation/round_book.h"

namespace fedtide {

struct TieredRule {
  std::uint32_t tiers = 5;           ///< M
  std::uint32_t cohort = 10;         ///< clients of a tier's round
  bool mirrored = true;              ///< weights T_(M+1-m) / T; else 1 / M
  std::optional<Duration> deadline;  ///< of a tier's round
  Duration retry;                    ///< pause of a tier in which nobody is eligible
  std::int64_t give_up = 0;          ///< rounds or selections in a row without a report that end the run
};

class Tiered final : public Protocol {
 public:
  Tiered(TieredRule rule, World& world);

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

 private:
  using Id = std::uint32_t;  // of a tier, from 0: the fastest
  struct Tier {
    std::vector<ClientId> members;
    ModelHandle sent;  // what its round began with
    ModelHandle model;
    double updates = 0;  // T_m
    Sum sum;
    std::vector<std::uint32_t> cohort;   // slots of its round, in order of dispatch
    std::vector<std::uint32_t> arrived;  // slots, in order
    std::uint32_t waiting = 0;           // clients at work
    std::uint32_t generation = 0;        // rounds begun: deadlines of earlier ones are void
    bool open = false;
  };

  void part_clients();
  void begin_round(Id id);
  void end_round(Id id);
  void commit(Tier& tier);
  void stop_turns(Id id, Outcome outcome);
  void after_failure();
  void schedule(Id id, EventPhase phase, Time at);

  TieredRule rule_;
  World& world_;
  RoundBook book_;
  std::vector<Tier> tiers_;
  std::vector<Id> tier_of_;  // by client
};

}  // namespace fedtide
