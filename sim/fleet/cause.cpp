#include "sim/fleet/cause.h"

namespace fedtide {

std::string_view name(ClientPhase phase) {
  constexpr std::string_view names[] = {"download", "compute", "upload", "done"};
  return names[static_cast<int>(phase)];
}

std::string_view name(Outcome outcome) {
  constexpr std::string_view names[kOutcomes] = {"reported",  "left",  "crash",   "deadline", "surplus",
                                                 "abandoned", "stale", "network", "battery",  "unplugged"};
  return names[static_cast<int>(outcome)];
}

}  // namespace fedtide
