#pragma once
// One client's turn as the books of a protocol keep it.

#include <memory>
#include <optional>

#include "sim/federation/learning.h"
#include "sim/fleet/fleet.h"
#include "sim/learn/arrival.h"

namespace fedtide {

/// One client's turn, from its dispatch until it is booked.
struct Flight {
  ClientId client{};
  Turn turn{};
  HeldSamples held;                   ///< what it trains on
  std::optional<std::int64_t> steps;  ///< that it has time for, if not all
  Load load;
  Journey journey;
  std::shared_ptr<const ModelVersion> version;  ///< it was sent; null: the slot is free
  std::uint32_t generation = 0;                 ///< of the slot: events of earlier turns in it are void
  bool arrived = false;                         ///< its report is in and waits
  bool released = false;                        ///< its client may take part again
};

}  // namespace fedtide
