// Laws of clients' turns: they need a trace, of all clients or of a sample.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/experiment/verify_laws.h"

namespace fedtide {
namespace {

std::string place(const ClientTrace& turn) {
  return fmt::format("round {}, client {}, turn {}", turn.round, raw(turn.client), turn.turn);
}

std::string seconds(Time time) { return time == Time::never() ? "never" : fmt::format("{} s", time.seconds()); }

/// Where the clock says that the client was when its turn ended; at a border both sides are right.
bool phase_fits(const ClientTrace& t) {
  switch (t.phase) {
    case ClientPhase::download:
      return t.ended <= t.downloaded;
    case ClientPhase::compute:
      return t.downloaded <= t.ended && t.ended <= t.computed;
    case ClientPhase::upload:
    case ClientPhase::done:
      return t.computed <= t.ended;
  }
  return false;
}

std::string phases_in_order(const Evidence& evidence) {
  for (const ClientTrace& t : evidence.run.turns) {
    if (t.dispatched > t.downloaded || t.downloaded > t.computed || t.ended < t.dispatched) {
      return fmt::format("{}: dispatched {}, downloaded {}, computed {}, ended {}", place(t), seconds(t.dispatched),
                         seconds(t.downloaded), seconds(t.computed), seconds(t.ended));
    }
    if (!phase_fits(t) || (t.outcome == Outcome::reported && t.phase != ClientPhase::done)) {
      return fmt::format("{}: {} in the phase {} at {}, downloaded {}, computed {}", place(t), name(t.outcome),
                         name(t.phase), seconds(t.ended), seconds(t.downloaded), seconds(t.computed));
    }
  }
  return "";
}

std::string ends_by_commit(const Evidence& evidence) {
  std::int64_t before = 0;
  for (const ClientTrace& t : evidence.run.turns) {
    if (t.round < before) return fmt::format("{}: booked after a turn of round {}", place(t), before);
    before = t.round;
    const RoundRecord* round = evidence.round(t.round);
    if (round != nullptr && t.ended > round->committed) {
      return fmt::format("{}: ended at {}, the round was committed at {}", place(t), seconds(t.ended),
                         seconds(round->committed));
    }
    if (round == nullptr && !evidence.run.rounds.empty() && t.round != evidence.run.rounds.back().round + 1) {
      return fmt::format("{}: there is no such round", place(t));
    }
  }
  return "";
}

/// Of each client that the trace follows: turns 0, 1, ..., as many as it was dispatched.
std::string turns_without_gaps(const Evidence& evidence) {
  const RecordedRun& run = evidence.run;
  const double share = run.trace == TraceDetail::sample ? run.trace_share : 1;
  std::size_t next = 0;
  for (std::uint32_t client = 0; client < run.clients.size(); ++client) {
    std::uint32_t turns = 0;
    for (; next < evidence.by_client.size(); ++next, ++turns) {
      const ClientTrace& t = run.turns[evidence.by_client[next]];
      if (raw(t.client) != client) break;
      if (t.turn != turns) return fmt::format("{}: must be turn {}", place(t), turns);
    }
    const bool traced = is_traced(run.seed, ClientId{client}, share);
    if (!traced && turns > 0) return fmt::format("client {}: has {} turns, and is not in the sample", client, turns);
    if (traced && turns != run.clients[client].dispatched) {
      return fmt::format("client {}: has {} turns, of {} dispatches", client, turns, run.clients[client].dispatched);
    }
  }
  if (next == evidence.by_client.size()) return "";
  return fmt::format("{}: there are {} clients", place(run.turns[evidence.by_client[next]]), run.clients.size());
}

std::string one_turn_at_a_time(const Evidence& evidence) {
  const std::vector<ClientTrace>& turns = evidence.run.turns;
  for (std::size_t i = 1; i < evidence.by_client.size(); ++i) {
    const ClientTrace& before = turns[evidence.by_client[i - 1]];
    const ClientTrace& t = turns[evidence.by_client[i]];
    if (t.client == before.client && t.dispatched < before.ended) {
      return fmt::format("{}: dispatched {}, turn {} went on until {}", place(t), seconds(t.dispatched), before.turn,
                         seconds(before.ended));
    }
  }
  return "";
}

std::string no_model_of_the_future(const Evidence& evidence) {
  for (const ClientTrace& t : evidence.run.turns) {
    if (t.version >= t.round) return fmt::format("{}: was sent version {}", place(t), t.version);
    const RoundRecord* sent = evidence.round(t.version);
    if (sent != nullptr && sent->committed > t.dispatched) {
      return fmt::format("{}: was sent version {} at {}, which was committed at {}", place(t), t.version,
                         seconds(t.dispatched), seconds(sent->committed));
    }
  }
  return "";
}

/// Bytes and seconds only of phases that were begun, and never more than a turn that reported.
std::string partial_is_less(const Evidence& evidence) {
  Spending whole;
  for (const ClientTrace& t : evidence.run.turns) {
    if (t.outcome != Outcome::reported) continue;
    whole.bytes_down = std::max(whole.bytes_down, t.spent.bytes_down);
    whole.bytes_up = std::max(whole.bytes_up, t.spent.bytes_up);
  }
  const bool known =
      evidence.run.equal_turns && std::any_of(evidence.run.turns.begin(), evidence.run.turns.end(),
                                              [](const ClientTrace& t) { return t.outcome == Outcome::reported; });
  for (const ClientTrace& t : evidence.run.turns) {
    const Spending& s = t.spent;
    const bool begun = (t.phase != ClientPhase::download || s.compute_s == 0) &&
                       (t.phase == ClientPhase::upload || t.phase == ClientPhase::done || s.bytes_up == 0);
    if (s.bytes_down < 0 || s.bytes_up < 0 || !(s.compute_s >= 0) || !begun) {
      return fmt::format("{}: ended in the phase {} and spent {}", place(t), name(t.phase), to_text(s));
    }
    if (known && (s.bytes_down > whole.bytes_down || s.bytes_up > whole.bytes_up)) {
      return fmt::format("{}: spent {}, a whole turn is {} bytes down and {} up", place(t), to_text(s),
                         whole.bytes_down, whole.bytes_up);
    }
    const double most = (t.computed - t.downloaded).seconds();
    if (s.compute_s > most && !same_seconds(s.compute_s, most)) {
      return fmt::format("{}: computed for {} s in a phase of {} s", place(t), s.compute_s, most);
    }
  }
  return "";
}

/// What the trace says of one round.
struct Sums {
  std::array<std::int64_t, kOutcomes> outcomes{};
  Spending spent;
  Spending wasted;
};

std::map<std::int64_t, Sums> sums_by_round(const RecordedRun& run) {
  std::map<std::int64_t, Sums> sums;
  for (const ClientTrace& t : run.turns) {
    Sums& of = sums[t.round];
    ++of.outcomes[static_cast<std::size_t>(t.outcome)];
    of.spent += t.spent;
    if (t.outcome != Outcome::reported) of.wasted += t.spent;
  }
  return sums;
}

/// Calls `broken(record, sums, where)` for every round and what came after them, until it returns something.
template <class Broken>
std::string each_round(const Evidence& evidence, const Broken& broken) {
  const std::map<std::int64_t, Sums> sums = sums_by_round(evidence.run);
  const auto of = [&](std::int64_t round) {
    const auto found = sums.find(round);
    return found == sums.end() ? Sums{} : found->second;
  };
  for (const RoundRecord& round : evidence.run.rounds) {
    std::string text = broken(round, of(round.round));
    if (!text.empty()) return fmt::format("round {}: {}", round.round, text);
  }
  if (!evidence.run.rest) return "";
  const std::string text = broken(*evidence.run.rest, of(evidence.run.rest->round));
  return text.empty() ? "" : "rest: " + text;
}

std::string ends_are_the_rounds(const Evidence& evidence) {
  const bool sample = evidence.run.trace == TraceDetail::sample;
  return each_round(evidence, [&](const RoundRecord& round, const Sums& sums) {
    for (std::size_t i = 0; i < sums.outcomes.size(); ++i) {
      const std::int64_t traced = sums.outcomes[i], counted = round.outcomes[i];
      if (traced == counted || (sample && traced < counted)) continue;
      return fmt::format("{} turns of the trace ended as {}, the round counts {}", traced,
                         name(static_cast<Outcome>(i)), counted);
    }
    return std::string();
  });
}

std::string spending_is_the_rounds(const Evidence& evidence) {
  const bool sample = evidence.run.trace == TraceDetail::sample;
  const auto fits = [&](const Spending& part, const Spending& all) {
    if (sample) {
      return part.bytes_down <= all.bytes_down && part.bytes_up <= all.bytes_up &&
             (part.compute_s <= all.compute_s || same_seconds(part.compute_s, all.compute_s));
    }
    return part.bytes_down == all.bytes_down && part.bytes_up == all.bytes_up &&
           same_seconds(part.compute_s, all.compute_s);
  };
  return each_round(evidence, [&](const RoundRecord& round, const Sums& sums) {
    if (!fits(sums.spent, round.spent)) {
      return fmt::format("the trace spent {}, the round {}", to_text(sums.spent), to_text(round.spent));
    }
    if (!fits(sums.wasted, round.wasted)) {
      return fmt::format("the trace wasted {}, the round {}", to_text(sums.wasted), to_text(round.wasted));
    }
    return std::string();
  });
}

}  // namespace

const std::vector<Law>& laws_of_turns() {
  static const std::vector<Law> laws = {
      {"phases of a turn are in order", true, phases_in_order},
      {"turns end by their round's commit", true, ends_by_commit},
      {"a client's turns are numbered without gaps", true, turns_without_gaps},
      {"no client is in two turns at once", true, one_turn_at_a_time},
      {"nobody is sent a model of the future", true, no_model_of_the_future},
      {"a partial transfer is less than the whole", true, partial_is_less},
      {"the trace's ends are the rounds'", true, ends_are_the_rounds},
      {"the trace's bytes and seconds are the rounds'", true, spending_is_the_rounds},
  };
  return laws;
}

}  // namespace fedtide
