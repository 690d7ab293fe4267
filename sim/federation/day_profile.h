#pragma once
// What a server knows of the hours of its devices: the share of them that is eligible, by the run's time of day.

#include <array>
#include <cstddef>

#include "sim/base/time.h"
#include "sim/federation/population.h"

namespace fedtide {

struct DayProfile {
  static constexpr std::size_t kSlots = 48;  ///< half-hours
  std::array<double, kSlots> share{};        ///< of the population that is eligible

  static constexpr Duration day() { return {86'400'000'000'000}; }
  static constexpr Duration slot() { return {day().ns / static_cast<std::int64_t>(kSlots)}; }
  static std::size_t slot_of(Time at) { return static_cast<std::size_t>(at.ns % day().ns / slot().ns); }
};

/// The first day of at most 10,000 of the clients, as a server would have seen it before: by asking them. Leaves the
/// population's clock where it was put last: at `now`.
DayProfile observe_day(Population& population, Time now);

/// How long the `share` fastest of the clients take for a turn, by what is known of at most 1,000 of them; between 0
/// and 1.
Duration expected_turn(const Population& population, double share);

}  // namespace fedtide
