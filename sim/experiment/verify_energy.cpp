// Laws of what clients draw and pay: power times time, and sums.

#include <fmt/format.h>

#include <map>

#include "sim/experiment/verify_laws.h"

namespace fedtide {
namespace {

std::string place(const ClientTrace& turn) {
  return fmt::format("round {}, client {}, turn {}", turn.round, raw(turn.client), turn.turn);
}

const ClientSummary* client_of(const Evidence& evidence, const ClientTrace& turn) {
  const std::vector<ClientSummary>& clients = evidence.run.clients;
  return raw(turn.client) < clients.size() ? &clients[raw(turn.client)] : nullptr;
}

/// Every second of a turn is one of receiving, computing, sending or waiting.
std::string seconds_add_up(const Evidence& evidence) {
  for (const ClientTrace& t : evidence.run.turns) {
    const double sum = t.receive_s + t.spent.compute_s + t.send_s + t.idle_s + t.away_s;
    const double length = (t.ended - t.dispatched).seconds();
    const bool none_below_zero = t.receive_s >= 0 && t.send_s >= 0 && t.idle_s >= 0 && t.away_s >= 0;
    // Times are whole nanoseconds, in the file as seconds since the run's start.
    const double rounding = 1e-8 + 1e-15 * t.ended.seconds();
    if (none_below_zero && std::abs(sum - length) <= rounding + 1e-9 * length) continue;
    return fmt::format(
        "{}: received for {} s, computed for {} s, sent for {} s, waited for {} s, was away for {} s, of {} "
        "s",
        place(t), t.receive_s, t.spent.compute_s, t.send_s, t.idle_s, t.away_s, length);
  }
  return "";
}

std::string energy_is_power_times_time(const Evidence& evidence) {
  for (const ClientTrace& t : evidence.run.turns) {
    const ClientSummary* client = client_of(evidence, t);
    if (client == nullptr) return fmt::format("{}: there are {} clients", place(t), evidence.run.clients.size());
    const Seconds seconds{
        .wait_down = t.idle_s, .receive = t.receive_s, .compute = t.spent.compute_s, .wait_up = 0, .send = t.send_s};
    const Energy right = energy_of(client->power, seconds, t.spent.bytes_down, t.spent.bytes_up);
    const Energy& e = t.spent.energy;
    if (same_amount(e.compute_j, right.compute_j) && same_amount(e.receive_j, right.receive_j) &&
        same_amount(e.send_j, right.send_j) && same_amount(e.idle_j, right.idle_j)) {
      continue;
    }
    return fmt::format(
        "{}: drew {} J for computing, {} for receiving, {} for sending, {} for waiting, power times "
        "time is {}, {}, {}, {}",
        place(t), e.compute_j, e.receive_j, e.send_j, e.idle_j, right.compute_j, right.receive_j, right.send_j,
        right.idle_j);
  }
  return "";
}

struct Sums {
  Spending spent;
  Spending wasted;
};

bool fits(double part, double all, bool sample) { return same_amount(part, all) || (sample && part < all); }

/// The first of a spending's energies and its carbon in which the turns' sum is not the round's.
std::string differs(const Spending& turns, const Spending& round, bool sample) {
  const auto compare = [&](const char* what, const char* unit, double a, double b) {
    return fits(a, b, sample) ? "" : fmt::format("{} {} {}, the round {}", a, unit, what, b);
  };
  std::string text = compare("for computing", "J", turns.energy.compute_j, round.energy.compute_j);
  if (text.empty()) text = compare("for receiving", "J", turns.energy.receive_j, round.energy.receive_j);
  if (text.empty()) text = compare("for sending", "J", turns.energy.send_j, round.energy.send_j);
  if (text.empty()) text = compare("for waiting", "J", turns.energy.idle_j, round.energy.idle_j);
  if (text.empty()) text = compare("of carbon", "g", turns.carbon_g, round.carbon_g);
  return text;
}

std::string trace_is_the_rounds(const Evidence& evidence) {
  const bool sample = evidence.run.trace == TraceDetail::sample;
  std::map<std::int64_t, Sums> sums;
  for (const ClientTrace& t : evidence.run.turns) {
    sums[t.round].spent += t.spent;
    if (t.outcome != Outcome::reported) sums[t.round].wasted += t.spent;
  }
  const auto broken = [&](const RoundRecord& round, const std::string& where) {
    const auto found = sums.find(round.round);
    const Sums of = found == sums.end() ? Sums{} : found->second;
    if (std::string text = differs(of.spent, round.spent, sample); !text.empty()) {
      return where + ": the trace spent " + text;
    }
    if (std::string text = differs(of.wasted, round.wasted, sample); !text.empty()) {
      return where + ": the trace wasted " + text;
    }
    return std::string();
  };
  for (const RoundRecord& round : evidence.run.rounds) {
    if (std::string text = broken(round, fmt::format("round {}", round.round)); !text.empty()) return text;
  }
  return evidence.run.rest ? broken(*evidence.run.rest, "rest") : "";
}

/// What the rounds and the rest have together.
Sums all_of(const RecordedRun& run) {
  Sums all;
  const auto add = [&](const RoundRecord& record) {
    all.spent += record.spent;
    all.wasted += record.wasted;
  };
  for (const RoundRecord& round : run.rounds) add(round);
  if (run.rest) add(*run.rest);
  return all;
}

/// Turns that a run which was cut short had not recorded yet are the clients' all the same.
std::string clients_are_the_rounds(const Evidence& evidence) {
  double spent = 0, wasted = 0;
  for (std::size_t i = 0; i < evidence.run.clients.size(); ++i) {
    const ClientSummary& client = evidence.run.clients[i];
    if (!(client.wasted_j >= 0) ||
        (client.wasted_j > client.energy_j && !same_amount(client.wasted_j, client.energy_j))) {
      return fmt::format("client {}: wasted {} J of {} J", i, client.wasted_j, client.energy_j);
    }
    spent += client.energy_j;
    wasted += client.wasted_j;
  }
  const Sums all = all_of(evidence.run);
  const double rounds_spent = all.spent.energy.total(), rounds_wasted = all.wasted.energy.total();
  const bool cut = !evidence.run.rest;
  if (fits(rounds_spent, spent, cut) && fits(rounds_wasted, wasted, cut)) return "";
  return fmt::format("the clients drew {} J and wasted {} J, the rounds {} and {}", spent, wasted, rounds_spent,
                     rounds_wasted);
}

std::string waste_is_a_part(const Evidence& evidence) {
  const auto part = [](double wasted, double spent) {
    return wasted >= 0 && (wasted <= spent || same_amount(wasted, spent));
  };
  const auto broken = [&](const RoundRecord& r, const std::string& where) {
    const Energy &w = r.wasted.energy, &s = r.spent.energy;
    const bool ok = part(w.compute_j, s.compute_j) && part(w.receive_j, s.receive_j) && part(w.send_j, s.send_j) &&
                    part(w.idle_j, s.idle_j) && part(r.wasted.carbon_g, r.spent.carbon_g);
    return ok ? std::string()
              : fmt::format("{}: wasted {} J and {} g, of {} J and {} g", where, w.total(), r.wasted.carbon_g,
                            s.total(), r.spent.carbon_g);
  };
  for (const RoundRecord& round : evidence.run.rounds) {
    if (std::string text = broken(round, fmt::format("round {}", round.round)); !text.empty()) return text;
  }
  return evidence.run.rest ? broken(*evidence.run.rest, "rest") : "";
}

std::string metered_bytes(const Evidence& evidence) {
  for (const ClientTrace& t : evidence.run.turns) {
    const ClientSummary* client = client_of(evidence, t);
    if (client == nullptr) return fmt::format("{}: there are {} clients", place(t), evidence.run.clients.size());
    const std::int64_t right = client->metered ? t.spent.bytes_down + t.spent.bytes_up : 0;
    if (t.spent.metered_bytes == right) continue;
    return fmt::format("{}: {} bytes, must be {}", place(t), t.spent.metered_bytes, right);
  }
  return "";
}

std::string metered_is_a_part(const Evidence& evidence) {
  const auto broken = [](const RoundRecord& r) {
    const auto within = [](const Spending& s) {
      return s.metered_bytes >= 0 && s.metered_bytes <= s.bytes_down + s.bytes_up;
    };
    return !within(r.spent) || !within(r.wasted) || r.wasted.metered_bytes > r.spent.metered_bytes;
  };
  for (const RoundRecord& round : evidence.run.rounds) {
    if (!broken(round)) continue;
    return fmt::format("round {}: {} bytes, of these wasted {}, of {}", round.round, round.spent.metered_bytes,
                       round.wasted.metered_bytes, round.spent.bytes_down + round.spent.bytes_up);
  }
  return "";
}

}  // namespace

const std::vector<Law>& laws_of_energy() {
  static const std::vector<Law> laws = {
      {"the seconds of a turn add up", true, seconds_add_up, true},
      {"energy is power times time", true, energy_is_power_times_time, true},
      {"wasted energy is a part of what is spent", false, waste_is_a_part, true},
      {"the trace's energy is the rounds'", true, trace_is_the_rounds, true},
      {"the clients' energy is the rounds'", false, clients_are_the_rounds, true},
      {"metered bytes are those of metered links", true, metered_bytes, false, true},
      {"metered bytes are a part of all", false, metered_is_a_part, false, true},
  };
  return laws;
}

}  // namespace fedtide
