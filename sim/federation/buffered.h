#pragma once
// Asynchronous training with a buffer: clients train all the time, each from the version it was sent, and every K
// reports make a version. Nguyen, Malik, Zhan, Yousefpour, Rabbat, Malek, Huba: Federated learning with buffered
// asynchronous aggregation. AISTATS 2022 (arXiv 2106.06639), algorithm 1. K = 1 is asynchronous training without a
// buffer: Xie, Koyejo, Gupta: Asynchronous federated optimization. OPT 2020 (arXiv 1903.03934).
//
//   M clients train at a time: whenever some have ended, as many others are selected, in one draw for the instant
//   a report that comes tau versions after the one it trained from is stale by tau; above `maximum_staleness` it is
//   not used; the K-th one since the last version makes a version
//   what a report's staleness does to its weight is the algorithm's
//
// Semi-asynchronous with `staleness_bound` tau: the K-th report makes a version only once nobody at work would become
// staler by it than tau; until then reports gather, and the version takes them all in. Ho et al.: More effective
// distributed ML via a stale synchronous parallel parameter server. NIPS 2013; in federated learning Wu, He, Lin, Mao,
// Maple, Jarvis: SAFA. IEEE Transactions on Computers 70, 2021 (arXiv 1910.01355), whose lag tolerance it is.

#include <map>

#include "sim/federation/round_book.h"

namespace fedtide {

struct BufferedRule {
  std::uint32_t concurrency = 100;  ///< M
  std::uint32_t buffer = 10;        ///< K
  std::optional<std::uint32_t> maximum_staleness;
  std::optional<std::uint32_t> staleness_bound;  ///< tau, at least 1
  Duration retry;                                ///< pause when too few are eligible
  std::int64_t give_up = 0;                      ///< selections in a row, with nobody at work, that end the run
};

class Buffered final : public Protocol {
 public:
  Buffered(BufferedRule rule, World& world) : rule_(std::move(rule)), world_(world), book_(world) {}

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

 private:
  void refill();
  void arrive(std::uint32_t slot);
  void dispatch(ClientId client);
  void commit_when_due();
  void commit();
  void schedule_refill(Time at);

  BufferedRule rule_;
  World& world_;
  RoundBook book_;
  std::vector<std::uint32_t> waiting_;  // slots of the reports in the buffer, in order
  std::uint32_t running_ = 0;
  std::uint32_t draws_ = 0;
  std::vector<Version> sent_;            // by slot, where staleness is bound: the version that it works on
  std::map<Version, std::uint32_t> on_;  // the same: how many are at work on a version
  std::optional<Time> refill_at_;        // the refill that is yet to come
};

}  // namespace fedtide
