#include "sim/federation/traffic.h"

#include <algorithm>

namespace fedtide {
namespace {

struct Words {
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<Words, kTrafficCounts> kWords = {{
    {"missed", "devices not eligible when they would have checked in"},
    {"check_ins", "devices that checked in"},
    {"selected", "devices that were sent a plan"},
    {"rejected", "devices told to come back later"},
    {"refused", "devices that found no selector"},
    {"gone", "devices that left, or lost their selector, while they waited"},
    {"reported", "sessions that ended with an upload in time"},
    {"late", "sessions that the server ended: upload rejected, or waited for no more"},
    {"lost", "sessions that ended without an upload"},
    {"rounds", "rounds committed"},
    {"failed_rounds", "rounds begun and given up"},
    {"failed_selections", "selections given up for want of devices"},
    {"bytes_down", "bytes to devices, in sessions that ended"},
    {"bytes_up", "bytes from devices, in sessions that ended"},
    {"coordinator_failures", "coordinators that failed"},
    {"selector_failures", "selectors that failed"},
    {"master_failures", "master aggregators that failed"},
    {"aggregator_failures", "aggregators that failed"},
    {"respawns", "coordinators started anew"},
}};

}  // namespace

std::string_view name(TrafficCount count) { return kWords[static_cast<std::size_t>(count)].name; }
std::string_view describe(TrafficCount count) { return kWords[static_cast<std::size_t>(count)].meaning; }

std::string session_shape(ClientPhase phase, char ending) {
  switch (phase) {
    case ClientPhase::download:
      return std::string("-") + ending;
    case ClientPhase::compute:
      return std::string("-v[") + ending;
    case ClientPhase::upload:
    case ClientPhase::done:
      break;
  }
  return std::string("-v[]+") + ending;
}

TrafficRow& Traffic::row(Time at) {
  const auto index = static_cast<std::size_t>(at.ns / sessions_.bin.ns);
  if (index >= sessions_.rows.size()) sessions_.rows.resize(index + 1);
  return sessions_.rows[index];
}

void Traffic::add(TrafficCount count, Time at, std::int64_t by) {
  row(at).counts[static_cast<std::size_t>(count)] += by;
}

void Traffic::spread(Time from, Time to, double TrafficRow::*seconds) {
  const std::int64_t bin = sessions_.bin.ns;
  while (from < to) {
    const Time end = std::min(to, Time{(from.ns / bin + 1) * bin});
    row(from).*seconds += (end - from).seconds();
    from = end;
  }
}

}  // namespace fedtide
