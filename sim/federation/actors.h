#pragma once
// The server's actors and when they fail. Bonawitz et al. 2019, section 4: all are in memory and ephemeral.
//
//   coordinator  one; starts rounds. When it is gone, the selectors notice, and one of them starts it anew
//   selector     some; hold the devices that wait. When one is gone, its devices are lost to the selection
//   master       one a round. When it is gone, the round is; the next one starts from the last committed version
//   aggregator   one for so many devices of a round. When it is gone, their reports are
//
// Each fails after an exponential time, and where the experiment says so.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/time.h"
#include "sim/config/section.h"

namespace fedtide {

/// Part of the names of random streams: append, never renumber.
enum class Actor : std::uint8_t { coordinator, selector, master, aggregator };
constexpr std::uint32_t kActors = 4;

/// A failure that the experiment asks for. A master or aggregator is that of the round which goes on at the time.
struct Kill {
  Actor actor = Actor::coordinator;
  std::uint32_t number = 0;
  Duration at;
};

struct ActorRule {
  std::uint32_t selectors = 1;
  double headroom = 1.5;  ///< devices that all selectors together may hold, over the goal
  std::uint32_t devices_per_aggregator = 100;
  Duration restart;  ///< of a selector; and within which each of them notices that the coordinator is gone
  std::array<std::optional<Duration>, kActors> mean_life;
  std::vector<Kill> kills;

  /// When an actor that starts now fails by itself; none: never. `life` counts its lives, or is its round.
  std::optional<Duration> fails_after(std::uint64_t seed, Actor actor, std::uint32_t number, std::uint32_t life) const;
  /// How long a selector takes to notice that the coordinator of this life is gone.
  Duration notices_after(std::uint64_t seed, std::uint32_t selector, std::uint32_t life) const;
};

/// Reads `actors:` of a protocol.
ActorRule read_actors(Section& protocol);

}  // namespace fedtide
