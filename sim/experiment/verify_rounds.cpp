// Laws of rounds, evaluations and clients: they need no trace.

#include <fmt/format.h>

#include "sim/experiment/verify_laws.h"

namespace fedtide {
namespace {

std::string rounds_follow(const Evidence& evidence) {
  const std::vector<RoundRecord>& rounds = evidence.run.rounds;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    const std::int64_t due = i == 0 ? std::min<std::int64_t>(rounds[0].round, 1) : rounds[i - 1].round + 1;
    if (rounds[i].round != due || due < 0) {
      return fmt::format("row {}: found round {}, must be {}", i, rounds[i].round, std::max<std::int64_t>(due, 0));
    }
  }
  if (evidence.run.rest && !rounds.empty() && evidence.run.rest->round != rounds.back().round + 1) {
    return fmt::format("rest: found round {}, must be {}", evidence.run.rest->round, rounds.back().round + 1);
  }
  return "";
}

std::string evaluation_time(const Evidence& evidence) {
  const std::vector<EvaluationRecord>& all = evidence.run.evaluations;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0 && all[i].at < all[i - 1].at) {
      return fmt::format("evaluation of round {}: at {} s, the one before it at {} s", all[i].round,
                         all[i].at.seconds(), all[i - 1].at.seconds());
    }
    const RoundRecord* round = evidence.round(all[i].round);
    if (round != nullptr && all[i].at < round->committed) {
      return fmt::format("evaluation of round {}: at {} s, the round was committed at {} s", all[i].round,
                         all[i].at.seconds(), round->committed.seconds());
    }
  }
  return "";
}

std::string time_goes_on(const Evidence& evidence) {
  Time before;
  for (const RoundRecord& round : evidence.run.rounds) {
    if (round.committed < before) {
      return fmt::format("round {}: committed at {} s, the one before it at {} s", round.round,
                         round.committed.seconds(), before.seconds());
    }
    if (round.started > round.committed || round.started < Time{0}) {
      return fmt::format("round {}: started at {} s, committed at {} s", round.round, round.started.seconds(),
                         round.committed.seconds());
    }
    before = round.committed;
  }
  return evaluation_time(evidence);
}

std::string evaluations_of_rounds(const Evidence& evidence) {
  std::int64_t before = -1;
  for (const EvaluationRecord& evaluation : evidence.run.evaluations) {
    if (evidence.round(evaluation.round) == nullptr) {
      return fmt::format("at {} s: of round {}, which there is not", evaluation.at.seconds(), evaluation.round);
    }
    if (evaluation.round <= before) {
      return fmt::format("at {} s: of round {}, after one of round {}", evaluation.at.seconds(), evaluation.round,
                         before);
    }
    before = evaluation.round;
  }
  return "";
}

/// No count below zero, no more ends than dispatches at any commit, and as many in the end.
std::string one_end_each(const Evidence& evidence) {
  std::int64_t out = 0, back = 0;
  const auto add = [&](const RoundRecord& record) {
    for (const std::int64_t ends : record.outcomes) {
      if (ends < 0) return false;
    }
    out += record.dispatched;
    back += ended(record);
    return record.dispatched >= 0 && back <= out;
  };
  for (const RoundRecord& round : evidence.run.rounds) {
    if (!add(round)) {
      return fmt::format("round {}: {} turns dispatched since the start, {} ended (in the round {} and {})",
                         round.round, out, back, round.dispatched, ended(round));
    }
  }
  if (!evidence.run.rest) return "";
  if (!add(*evidence.run.rest) || out != back) return fmt::format("{} turns dispatched, {} ended", out, back);
  return "";
}

std::string totals_grow(const Evidence& evidence) {
  std::int64_t down = 0, up = 0;
  const auto broken = [&](const RoundRecord& record, const std::string& where) {
    if (record.spent.bytes_down < 0 || record.spent.bytes_up < 0 || !(record.spent.compute_s >= 0)) {
      return fmt::format("{}: spent {}", where, to_text(record.spent));
    }
    down += record.spent.bytes_down;
    up += record.spent.bytes_up;
    if (record.total_bytes_down == down && record.total_bytes_up == up) return std::string();
    return fmt::format("{}: the totals are {} bytes down and {} up, the sums of what was spent are {} and {}", where,
                       record.total_bytes_down, record.total_bytes_up, down, up);
  };
  for (const RoundRecord& round : evidence.run.rounds) {
    if (std::string text = broken(round, fmt::format("round {}", round.round)); !text.empty()) return text;
  }
  return evidence.run.rest ? broken(*evidence.run.rest, "rest") : "";
}

std::string waste_is_a_part(const Evidence& evidence) {
  const auto broken = [](const RoundRecord& r, const std::string& where) {
    const bool part = r.wasted.bytes_down >= 0 && r.wasted.bytes_down <= r.spent.bytes_down && r.wasted.bytes_up >= 0 &&
                      r.wasted.bytes_up <= r.spent.bytes_up && r.wasted.compute_s >= 0 &&
                      (r.wasted.compute_s <= r.spent.compute_s || same_seconds(r.wasted.compute_s, r.spent.compute_s));
    return part ? std::string() : fmt::format("{}: wasted {}, of {}", where, to_text(r.wasted), to_text(r.spent));
  };
  for (const RoundRecord& round : evidence.run.rounds) {
    if (std::string text = broken(round, fmt::format("round {}", round.round)); !text.empty()) return text;
  }
  return evidence.run.rest ? broken(*evidence.run.rest, "rest") : "";
}

/// The clients' counts cover every turn that ended, also after the last record of a run that was cut short.
std::string clients_add_up(const Evidence& evidence) {
  std::int64_t turns = 0, reports = 0, dispatched = 0, reported = 0;
  for (std::size_t i = 0; i < evidence.run.clients.size(); ++i) {
    const ClientSummary& client = evidence.run.clients[i];
    if (client.reported > client.dispatched) {
      return fmt::format("client {}: {} reports of {} dispatches", i, client.reported, client.dispatched);
    }
    dispatched += client.dispatched;
    reported += client.reported;
  }
  for (const RoundRecord& round : evidence.run.rounds) {
    turns += ended(round);
    reports += count(round, Outcome::reported);
  }
  if (evidence.run.rest) {
    turns += ended(*evidence.run.rest);
    reports += count(*evidence.run.rest, Outcome::reported);
  }
  const bool same =
      evidence.run.rest ? dispatched == turns && reported == reports : dispatched >= turns && reported >= reports;
  return same ? ""
              : fmt::format("the clients have {} dispatches and {} reports, the rounds {} and {}", dispatched, reported,
                            turns, reports);
}

}  // namespace

const std::vector<Law>& laws_of_rounds() {
  static const std::vector<Law> laws = {
      {"rounds are numbered without gaps", false, rounds_follow},
      {"time never goes back", false, time_goes_on},
      {"evaluations are of rounds that there are", false, evaluations_of_rounds},
      {"every dispatch has exactly one end", false, one_end_each},
      {"totals grow by what is spent", false, totals_grow},
      {"waste is a part of what is spent", false, waste_is_a_part},
      {"the clients' turns are the rounds'", false, clients_add_up},
  };
  return laws;
}

}  // namespace fedtide
