#pragma once
// What goes on between devices and server, by the hour, and how the devices' sessions go: Bonawitz et al. 2019, section
// 9 and appendix A.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.h"
#include "sim/fleet/cause.h"

namespace fedtide {

/// What is counted. check_ins = selected + rejected + refused + gone, and those who wait. Part of the result format:
/// append, never renumber.
enum class TrafficCount : std::uint8_t {
  missed,                ///< devices not eligible at the time at which they would have checked in
  check_ins,             ///< devices that did
  selected,              ///< of these: sent a plan
  rejected,              ///< told to come back later
  refused,               ///< found no selector
  gone,                  ///< left, or lost their selector, while they waited
  reported,              ///< sessions that ended with an upload in time
  late,                  ///< sessions that the server ended: upload rejected, or no more waited for
  lost,                  ///< sessions that ended with no upload
  rounds,                ///< committed
  failed_rounds,         ///< begun and given up
  failed_selections,     ///< given up for want of devices
  bytes_down,            ///< of sessions that ended
  bytes_up,              ///<
  coordinator_failures,  ///< of the server's actors
  selector_failures,
  master_failures,
  aggregator_failures,
  respawns,  ///< of coordinators
};
constexpr std::size_t kTrafficCounts = 19;
std::string_view name(TrafficCount count);
/// What is counted, in words.
std::string_view describe(TrafficCount count);

/// One span of virtual time.
struct TrafficRow {
  std::array<std::int64_t, kTrafficCounts> counts{};
  double waiting_s = 0;        ///< device-seconds between check-in and what followed it
  double participating_s = 0;  ///< device-seconds of sessions from the plan's dispatch on
  std::int64_t of(TrafficCount count) const { return counts[static_cast<std::size_t>(count)]; }
};

/// All of a run.
struct Sessions {
  Duration bin;                                ///< length of a row's span
  std::vector<TrafficRow> rows;                ///< from time 0 on
  std::map<std::string, std::int64_t> shapes;  ///< how often there was a session of a shape
};

/// How a session that got as far as `phase` ended, in the paper's symbols: - check-in, v plan downloaded, [ training
/// started, ] completed, + upload started, ^ completed, and in the place of what is missing # upload rejected,
/// ! interrupted, * error.
std::string session_shape(ClientPhase phase, char ending);

class Traffic {
 public:
  explicit Traffic(Duration bin) { sessions_.bin = bin; }

  void add(TrafficCount count, Time at, std::int64_t by = 1);
  /// One device, over the span [from, to).
  void wait(Time from, Time to) { spread(from, to, &TrafficRow::waiting_s); }
  void participate(Time from, Time to) { spread(from, to, &TrafficRow::participating_s); }
  void shape(std::string text) { ++sessions_.shapes[std::move(text)]; }
  const Sessions& sessions() const { return sessions_; }

 private:
  TrafficRow& row(Time at);
  void spread(Time from, Time to, double TrafficRow::*seconds);

  Sessions sessions_;
};

}  // namespace fedtide
