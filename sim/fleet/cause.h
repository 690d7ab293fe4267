#pragma once
// How one client's part in a round ends, and where it was when it ended.

#include <cstdint>
#include <string_view>

namespace fedtide {

/// Where a client is in its turn.
enum class ClientPhase : std::uint8_t { download, compute, upload, done };

/// How its turn ended. Part of the result format: append, never renumber.
enum class Outcome : std::uint8_t {
  reported = 0,   ///< the report arrived and was accepted
  left = 1,       ///< the client's hours ended
  crash = 2,      ///< drop-out by chance
  deadline = 3,   ///< the round's reporting window closed first
  surplus = 4,    ///< over-selected: the round had its reports already
  abandoned = 5,  ///< the round was given up, or the run ended, although this report was in or on its way
  stale = 6,      ///< the report came too many versions after the one it trained from
  network = 7,    ///< its network went, or it moved to one that must not be used
  battery = 8,    ///< its battery ran too low
  unplugged = 9,  ///< it was taken off its charger
};
constexpr int kOutcomes = 10;

std::string_view name(ClientPhase phase);
std::string_view name(Outcome outcome);

}  // namespace fedtide
