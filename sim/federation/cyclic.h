#pragma once
// The model goes from client to client: each trains it in turn and passes it on.
//   Chang, Balachandar, Lam, Yi, Brown, Beers, Rosen, Rubin, Kalpathy-Cramer: Distributed deep learning networks among
//   institutions for medical imaging. JAMIA 2018 (cyclical weight transfer).
//
//   a cycle:  for each client k in order:  w <- local training of w on the data of k
//
// A client that is away when the model would be its is passed over. From one that crashes, leaves or is late nothing
// comes: the next one trains from the model that the one before it had passed on. A cycle is a round: it makes the next
// version, if any client trained in it.

#include "sim/federation/round_book.h"

namespace fedtide {

enum class CycleOrder { fixed, drawn, shuffled };

struct CyclicRule {
  CycleOrder order = CycleOrder::fixed;
  std::optional<Duration> deadline;  ///< of a turn
  Duration retry;                    ///< pause after a cycle in which nobody trained
  Duration pause;                    ///< between two cycles
  std::int64_t give_up = 0;          ///< cycles in a row in which nobody trained that end the run
};

class Cyclic final : public Protocol {
 public:
  Cyclic(CyclicRule rule, World& world);

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

 private:
  void begin_cycle();
  void pass_on();
  void end_cycle();
  void schedule(EventPhase phase, Time at);

  CyclicRule rule_;
  World& world_;
  RoundBook book_;
  std::vector<std::uint32_t> order_;  // of the clients
  std::size_t next_ = 0;              // place in it
  bool open_ = false;                 // within a cycle
  std::uint32_t cycles_ = 0;          // begun
  std::uint32_t trained_ = 0;         // clients of this cycle
  std::uint32_t turns_ = 0;           // begun: deadlines of earlier ones are void
  ModelHandle model_;
  std::optional<std::uint32_t> slot_;  // of the turn under way
};

}  // namespace fedtide
