#pragma once
// The main loop: events in order, the ledger behind them.

#include <atomic>

#include "sim/federation/protocol.h"

namespace fedtide {

/// Plays the events until the protocol stops, an update is not finite, or `interrupted` is set (checked between
/// events).
StopReason simulate(Protocol& protocol, EventQueue& queue, Ledger& ledger, const std::atomic<bool>& interrupted);

}  // namespace fedtide
