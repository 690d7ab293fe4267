#pragma once
// Training without a server: every client is a node with a model of its own, which it trains, sends to its neighbors
// and mixes with theirs, round by round.
//   Lian, Zhang, Zhang, Hsieh, Zhang, Liu: Can decentralized algorithms outperform centralized algorithms? NeurIPS 2017
//   (arXiv 1705.09056), algorithm 1 (D-PSGD), with local epochs in place of one step, and mixing after training.
//   Assran, Loizou, Ballas, Rabbat: Stochastic gradient push. ICML 2019 (arXiv 1811.10792), algorithm 1 (push-sum).
//
//   node i trains:   y_i = x_i + delta_i           delta_i: local training from x_i, as `training:` says
//   sends y_i to its neighbors of the round, and mixes:
//     x_i <- sum_j W_ij y_j                        W as in topology.h; i itself is one of the j
//   push-sum: nodes have a weight w_i, at first 1, and x_i is their de-biased model
//     y_i = x_i + delta_i / w_i;  w_i' = sum_j P_ij w_j;  x_i <- sum_j P_ij w_j y_j / w_i'
//
// Who takes part: whoever is available when the round begins, with or without data. A client whose device has too
// little memory for the model is no node. Who is away, crashes, leaves or is late in a round has no part in it: it
// keeps its model, and its neighbors mix without it (mixture_of).
//
// Time: a node's turn is to receive what its neighbors sent in the last round it was there (nothing in the first, for
// all begin with the same model), to train, and to send one copy to each neighbor that takes part; copies share the
// node's own link one after the other. The round ends when all that began have sent, or at the deadline.
//
// Round r makes version r: the mean of all nodes' models, which is what is evaluated.

#include "sim/federation/round_book.h"
#include "sim/federation/topology.h"

namespace fedtide {

struct GossipRule {
  std::shared_ptr<const Topology> topology;
  MixingWeights weights = MixingWeights::metropolis;
  std::optional<Duration> deadline;  ///< after the beginning of a round
  Duration retry;                    ///< pause when nobody is there
  Duration pause;                    ///< between a round's end and the next
  std::int64_t give_up = 0;          ///< rounds in a row in which nobody reports that end the run
};

class Gossip final : public Protocol {
 public:
  Gossip(GossipRule rule, World& world);

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

  /// Push-sum's weight of each node; all 1 with other mixtures.
  const std::vector<double>& mass() const { return mass_; }

 private:
  /// The models of all who can hold one.
  std::vector<ModelHandle> nodes() const;
  void start_round();
  void end_round(Outcome rest);
  void mix_and_commit();
  void mix(const std::vector<ModelHandle>& trained);
  bool give_up_after_failure();
  void schedule(EventPhase phase, Time at);

  GossipRule rule_;
  World& world_;
  RoundBook book_;
  std::optional<Graph> graph_;  // of the round
  std::uint32_t rounds_ = 0;    // begun
  std::vector<ModelHandle> models_;
  std::vector<double> mass_;
  std::vector<std::uint32_t> inbox_;    // models that wait for a node to receive them
  std::vector<std::uint8_t> present_;   // takes part in the round; once it ends: has reported
  std::vector<std::uint32_t> cohort_;   // slots, by node
  std::vector<std::uint32_t> arrived_;  // slots, in order
  std::size_t running_ = 0;
  bool open_ = false;
};

}  // namespace fedtide
