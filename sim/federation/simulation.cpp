#include "sim/federation/simulation.h"

#include "sim/base/error.h"

namespace fedtide {

StopReason simulate(Protocol& protocol, EventQueue& queue, Ledger& ledger, const std::atomic<bool>& interrupted) {
  protocol.begin();
  while (!protocol.stopped() && !ledger.divergence() && !interrupted.load(std::memory_order_relaxed)) {
    FEDTIDE_REQUIRE(!queue.empty(), "no event is left and the protocol has not stopped");
    protocol.handle(queue.pop());
    ledger.pump();
  }
  while (!interrupted.load(std::memory_order_relaxed) && ledger.settle_next()) {
  }
  if (const auto& divergence = ledger.divergence()) {
    ledger.drop();
    return {StopReason::Kind::diverged,
            fmt::format(
                "diverged: the update of client {} for round {} is not finite; a lower training.optimizer.lr may help",
                raw(divergence->client), divergence->round)};
  }
  if (protocol.stopped() && ledger.settled()) return *protocol.stopped();
  ledger.drop();
  return {StopReason::Kind::interrupted, fmt::format("interrupted at {:.3f} s of virtual time", queue.now().seconds())};
}

}  // namespace fedtide
