#include "sim/federation/simulation.h"

#include "sim/base/error.h"

namespace fedtide {
namespace {

std::string text_of(const Divergence& divergence) {
  if (divergence.client) {
    return fmt::format(
        "diverged: the update of client {} for round {} is not finite; a lower training.optimizer.lr may help",
        raw(*divergence.client), divergence.round);
  }
  return fmt::format("diverged: the model of round {} is not finite, although every update was", divergence.round);
}

}  // namespace

StopReason simulate(Protocol& protocol, EventQueue& queue, Ledger& ledger, const std::atomic<bool>& interrupted) {
  protocol.begin();
  while (!protocol.stopped() && !ledger.divergence() && !interrupted.load(std::memory_order_relaxed)) {
    FEDTIDE_REQUIRE(!queue.empty(), "no event is left and the protocol has not stopped");
    const Event event = queue.pop();
    if (event.at == Time::never()) {
      protocol.end({StopReason::Kind::gave_up, "gave up: virtual time ran out after 292 years"});
    } else {
      protocol.handle(event);
    }
    ledger.pump();
  }
  ledger.settle();
  if (!interrupted.load(std::memory_order_relaxed)) ledger.require_caught_up();
  if (const auto& divergence = ledger.divergence()) {
    ledger.drop();
    return {StopReason::Kind::diverged, text_of(*divergence)};
  }
  if (protocol.stopped() && ledger.settled()) return *protocol.stopped();
  ledger.cut();
  return {StopReason::Kind::interrupted, fmt::format("interrupted at {:.3f} s of virtual time", queue.now().seconds())};
}

}  // namespace fedtide
