#pragma once
// A played run as fedtide verify sees a recorded one, so that any test can ask whether it obeys the laws of all runs.

#include <algorithm>
#include <string>

#include "sim/experiment/verify.h"
#include "tests/support/experiment.h"

namespace fedtide::testing {

inline RecordedRun recorded(const Memory& memory) {
  RecordedRun run;
  run.trace = TraceDetail::clients;
  run.rounds = memory.rounds;
  if (!memory.rest.empty()) run.rest = memory.rest.front();
  run.evaluations = memory.evaluations;
  run.turns = memory.turns;
  run.accounts = memory.accounts;
  run.equal_turns = memory.equal_turns;
  run.clients = memory.clients;
  const bool has_initial = !run.evaluations.empty() && run.evaluations.front().round == 0;
  if (has_initial) run.rounds.insert(run.rounds.begin(), RoundRecord{});
  for (const ClientTrace& turn : run.turns) {
    run.clients.resize(std::max<std::size_t>(run.clients.size(), raw(turn.client) + std::size_t{1}));
    ClientSummary& client = run.clients[raw(turn.client)];
    ++client.dispatched;
    client.reported += turn.outcome == Outcome::reported ? 1 : 0;
    client.energy_j += turn.spent.energy.total();
    if (turn.outcome != Outcome::reported) client.wasted_j += turn.spent.energy.total();
  }
  return run;
}

/// Empty, or the laws that a run breaks, each with the place.
inline std::string broken_laws(const Memory& memory) {
  std::string text;
  for (const Finding& finding : verify(recorded(memory))) {
    if (finding.verdict == Finding::Verdict::broken) text += finding.law + ": " + finding.text + "\n";
  }
  return text;
}

}  // namespace fedtide::testing
