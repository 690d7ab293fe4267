#pragma once
// Servers between the clients and the cloud: clients report to an edge server near them, edges to the level above, and
// so on; the cloud is on top.
//   Liu, Zhang, Song, Letaief: Client-edge-cloud hierarchical federated learning. ICC 2020 (arXiv 1905.06641),
//   algorithm 1 (HierFAVG); here for any number of levels.
//
//   client k of edge l:   trains from the edge's model w^l (kappa_1 steps: what `training:` says)
//   edge l, each round:   w^l <- w^l + sum_k n_k delta_k / sum_k n_k over the clients that reported
//   after `rounds` (kappa_2) rounds it sends w^l up; once all servers below it have sent, a server takes
//                         w <- sum_l n_l w^l / sum_l n_l      n_l: samples of the reports behind w^l
//   does so `rounds` times as well, and sends up in turn; each of its rounds begins with its model sent down
//
// A round of the record is one of the cloud's. An edge's round begins with all of its clients that are there, or with
// `cohort` of them, and ends when all of them have reported or are lost, or at the deadline. Where nobody is there, a
// round takes `retry` and changes nothing; a server behind which nobody reported counts for nothing above.
//
// Time between servers is latency + bytes / rate for each model sent, up or down; these links are nobody's but theirs,
// and never fail. The books hold what clients move: of the bytes between servers they know nothing.

#include "sim/federation/round_book.h"

namespace fedtide {

/// One level of servers, from the clients upwards.
struct ServerLevel {
  std::uint32_t groups = 1;  ///< servers of this level
  std::uint32_t rounds = 1;  ///< before a server sends its model up
  BitRate rate;              ///< between one of them and the level above, each way
  Duration latency;
};

enum class Grouping { contiguous, drawn, cell };

struct HierarchicalRule {
  std::vector<ServerLevel> levels;  ///< at least one
  Grouping grouping = Grouping::contiguous;
  std::optional<std::uint32_t> cohort;  ///< clients of each edge's round; none: all that are there
  std::optional<Duration> deadline;     ///< of an edge's round
  Duration retry;                       ///< what a round takes in which nobody is there
  Duration pause;                       ///< between a round of the cloud and the next
  std::int64_t give_up = 0;             ///< rounds of the cloud in a row without a report that end the run
};

class Hierarchical final : public Protocol {
 public:
  Hierarchical(HierarchicalRule rule, World& world);

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

 private:
  using Id = std::uint32_t;  // of a server: level by level from the edges on; the cloud is the last
  /// What a server does when its event comes: it waits for no more than one at a time.
  enum class Stage : std::uint8_t { begins, rests, sends };
  struct Server {
    std::size_t level = 0;
    Id parent = 0;
    std::vector<Id> children;       // above the edges
    std::vector<ClientId> members;  // of an edge
    ModelHandle model;
    double weight = 0;         // samples of the reports behind the model since it came from above
    std::uint32_t rounds = 0;  // done since then
    Stage stage = Stage::begins;
    std::uint32_t waiting = 0;           // children that have yet to send; clients at work
    Sum sum;                             // of an edge's reports
    std::vector<std::uint32_t> cohort;   // slots of an edge's round
    std::vector<std::uint32_t> arrived;  // slots, in order
    std::uint32_t generation = 0;        // rounds begun: deadlines of earlier ones are void
    bool open = false;
  };

  void build();
  void group_clients();
  void go_on(Id id);
  void begin_round(Id id);
  void begin_edge_round(Id id);
  std::vector<ClientId> choose(Id id);
  void end_edge_round(Id id);
  void stop_turns(Id id, Outcome outcome);
  void take_from_below(Id id);
  void end_round(Id id);
  void commit();
  void schedule(Id id, Stage stage, Time at);
  Duration between(std::size_t level, Bytes bytes) const;
  Id cloud() const { return static_cast<Id>(servers_.size() - 1); }
  Version version() const { return world_.ledger.current()->number; }

  HierarchicalRule rule_;
  World& world_;
  RoundBook book_;
  std::vector<Server> servers_;
  std::vector<Id> edge_of_;  // by client
};

}  // namespace fedtide
