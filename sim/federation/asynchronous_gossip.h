#pragma once
// Gossip learning: every client at its own pace, one neighbor at a time.
//   Ormandi, Hegedus, Jelasity: Gossip learning with linear models on fully distributed data. CCPE 2013.
//   Hegedus, Danner, Jelasity: Decentralized learning works: an empirical comparison of gossip learning and federated
//   learning. JPDC 2021, algorithm 1.
//
//   node i, over and over:  merges what it has received with its model x_i
//                           trains:  x_i <- x_i + delta_i,  its age t_i <- t_i + 1
//                           sends (x_i, t_i) to a random neighbor, and waits for `pause`
//   merging (x, t) with (x', t'):  x <- (t x + t' x') / (t + t'),  t <- max(t, t'); of age 0 both: the mean
//
// What comes in while a node trains waits, merged, for its next turn; so does what comes in while it is away. What a
// node loses in a crash is its training: the model that it began with stays, and so does what it has merged.
//
// Time: a turn is to receive what waits, to train, and to send one copy. `round_turns` turns that came to their end
// make a version, the mean of all nodes' models; that is what is evaluated.

#include "sim/federation/round_book.h"
#include "sim/federation/topology.h"

namespace fedtide {

struct AsynchronousGossipRule {
  std::shared_ptr<const Topology> topology;
  std::optional<std::uint32_t> round_turns;  ///< none: as many as there are nodes
  Duration pause;                            ///< between a node's turns
  Duration retry;                            ///< until a node that is away is looked for again
  std::int64_t give_up = 0;                  ///< looks a node, with nobody at work, that end the run
};

class AsynchronousGossip final : public Protocol {
 public:
  AsynchronousGossip(AsynchronousGossipRule rule, World& world);

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

 private:
  /// A model and how often it was trained.
  struct Aged {
    ModelHandle model;  ///< null: nothing
    std::uint64_t age = 0;
  };

  /// Of all who can hold one.
  std::vector<ModelHandle> models() const;
  void begin_turn(std::uint32_t node);
  void send(std::uint32_t node, Turn turn);
  Aged merged(const Aged& a, const Aged& b);
  void commit();
  void schedule(std::uint32_t node, Time at);

  AsynchronousGossipRule rule_;
  World& world_;
  RoundBook book_;
  std::optional<Graph> graph_;  // of the round
  std::vector<Aged> nodes_;
  std::vector<Aged> waiting_;         // received, by node
  std::vector<std::uint32_t> inbox_;  // how many models that is
  std::uint32_t running_ = 0;
  std::uint32_t taken_ = 0;  // turns that ended well since the last version
  std::int64_t looks_ = 0;   // in a row that found nobody
};

}  // namespace fedtide
