#pragma once
// What an experiment says of the protocol `check_in`.

#include <memory>

#include "sim/federation/actors.h"
#include "sim/federation/pace.h"
#include "sim/federation/protocol.h"

namespace fedtide {

struct CheckInRule {
  std::uint32_t cohort = 100;   ///< K: reports that close a round
  double over_selection = 1.3;  ///< devices selected for each of them
  Duration selection_timeout;   ///< after a round might have begun
  double minimum_selected = 1;  ///< share of the goal with which a round begins at the timeout
  Duration deadline;            ///< of reports, after a round's begin
  double minimum_reported = 1;  ///< share of K with which a round is committed at its deadline
  bool pipelined = true;        ///< the next round's devices are selected while this one reports
  Duration every;               ///< from one round's begin to the next at the least
  Bytes plan;                   ///< what goes down beside the model
  PaceRule pace;
  ActorRule actors;
  Duration bin;              ///< of the traffic's rows
  std::int64_t give_up = 0;  ///< rounds or selections in a row that failed and end the run

  /// ceil(over_selection * cohort), where products like 1.1 * 100 count as the whole number they are meant to be.
  std::uint32_t goal() const;
  /// Devices and reports, at least 1.
  std::uint32_t fewest_selected() const;
  std::uint32_t fewest_reported() const;
};

std::unique_ptr<ProtocolSpec> read_check_in(Section& section);

}  // namespace fedtide
