// fedtide explain EXPERIMENT [a.b=c ...]: how long rounds will take, what they will send, and who will be left out,
// without training.

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/explain.h"
#include "sim/experiment/load.h"

namespace fedtide {
namespace {

using Json = nlohmann::ordered_json;

struct Wanted {
  std::string experiment;
  std::vector<std::string> overrides;
  std::uint64_t turns = 1000000;
  bool json = false;
};

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string percent(double share) { return std::isfinite(share) ? fmt::format("{:.1f} %", 100 * share) : "none"; }

/// Parts of a turn may be short: "12.3 ms", "4.56 s", then as short_time.
std::string fine_time(double seconds) {
  if (seconds < 1) return fmt::format("{:.3g} ms", 1e3 * seconds);
  return seconds < 100 ? fmt::format("{:.3g} s", seconds) : short_time(seconds);
}

double share(std::uint64_t part, std::uint64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : kMissing;
}

Json to_json(const SpeedClass& of) {
  return {{"clients", of.clients},
          {"download_s", of.turn.download_s},
          {"compute_s", of.turn.compute_s},
          {"upload_s", of.turn.upload_s},
          {"turn_s", of.turn.seconds()},
          {"turns", of.dispatched},
          {"reported", number(share(of.reported, of.dispatched))}};
}

Json to_json(const Explanation& x) {
  Json json;
  json["clients"] = x.clients;
  json["clients_with_samples"] = x.holders + x.too_small;
  json["clients_with_too_little_memory"] = x.too_small;
  json["deciles"] = Json::array();
  for (const SpeedClass& decile : x.deciles) json["deciles"].push_back(to_json(decile));
  json["all"] = to_json(x.all);
  json["rounds"] = x.rounds;
  json["turns"] = x.turns;
  json["to_the_end"] = x.to_the_end;
  json["round_s"] = number(x.round_s);
  json["median_round_s"] = number(x.median_round_s);
  json["slow_round_s"] = number(x.slow_round_s);
  json["bytes_down"] = number(x.bytes_down);
  json["bytes_up"] = number(x.bytes_up);
  json["dispatched"] = number(x.dispatched);
  json["abandoned_rounds"] = number(x.abandoned_rounds);
  for (int i = 0; i < kOutcomes; ++i) {
    json["outcomes"][std::string(name(static_cast<Outcome>(i)))] = number(x.outcomes[static_cast<std::size_t>(i)]);
  }
  json["energy_j"] = number(x.energy_j);
  json["wasted_energy"] = number(x.wasted_energy);
  json["carbon_g"] = number(x.carbon_g);
  json["metered_bytes"] = number(x.metered_bytes);
  json["used_work"] = number(x.used_work);
  json["rounds_a_day"] = number(x.rounds_a_day);
  json["end"] = x.end;
  json["end_s"] = x.end_s ? number(*x.end_s) : Json(nullptr);
  json["end_rounds"] = x.end_rounds ? number(*x.end_rounds) : Json(nullptr);
  json["shares_links"] = x.shares_links;
  json["ends_by_accuracy"] = x.ends_by_accuracy;
  return json;
}

void show_class(const std::string& name, const SpeedClass& of) {
  show_result("  {:<14}{:>9}{:>12}{:>12}{:>12}{:>12}{:>10}\n", name, of.clients, fine_time(of.turn.download_s),
              fine_time(of.turn.compute_s), fine_time(of.turn.upload_s), fine_time(of.turn.seconds()),
              percent(share(of.reported, of.dispatched)));
}

void show_fleet(const Explanation& x) {
  show_result("{:<16}{}, {} with samples\n", "clients", x.clients, x.holders + x.too_small);
  if (x.too_small > 0) {
    show_result("{:<16}{} of these have too little memory for the model and never take part\n", "", x.too_small);
  }
  show_result("{:<16}expected by tenths of the clients, the fastest first{}\n", "a turn",
              x.shares_links ? ", each alone on the shared links" : "");
  show_result("  {:<14}{:>9}{:>12}{:>12}{:>12}{:>12}{:>10}\n", "", "clients", "download", "compute", "upload", "turn",
              "reported");
  for (std::size_t i = 0; i < x.deciles.size(); ++i) show_class(fmt::format("{}", i + 1), x.deciles[i]);
  show_class("all", x.all);
}

std::string ends(const Explanation& x) {
  std::string text;
  for (std::size_t i = 0; i < x.outcomes.size(); ++i) {
    if (!(x.outcomes[i] > 0)) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name(static_cast<Outcome>(static_cast<int>(i))),
                        percent(x.outcomes[i]));
  }
  return text.empty() ? "none ended" : text;
}

std::string end_text(const Explanation& x) {
  if (!x.end_s) return x.ends_by_accuracy ? "when stop.accuracy is reached: unknown before running" : x.end;
  return fmt::format("{} {:.0f} rounds, {}: {}{}", x.to_the_end ? "after" : "after about", *x.end_rounds,
                     fine_time(*x.end_s), x.end,
                     x.ends_by_accuracy ? ", or earlier when stop.accuracy is reached" : "");
}

void show_rounds(const Explanation& x) {
  show_result("{:<16}{} turns in {} rounds, {}\n", "timeline", x.turns, x.rounds,
              x.to_the_end ? "to the end of the run" : "the first of the run");
  if (x.rounds > 0) {
    show_result("{:<16}{} on average, {} in the median, at most {} in nine of ten\n", "a round", fine_time(x.round_s),
                fine_time(x.median_round_s), fine_time(x.slow_round_s));
    show_result("{:<16}{} down, {} up\n", "a round sends", short_bytes(x.bytes_down), short_bytes(x.bytes_up));
    if (std::isfinite(x.metered_bytes)) {
      show_result("{:<16}{} over links paid by the byte\n", "", short_bytes(x.metered_bytes));
    }
    if (std::isfinite(x.energy_j)) {
      show_result("{:<16}{}, {} of it wasted{}\n", "a round draws", short_energy(x.energy_j), percent(x.wasted_energy),
                  std::isfinite(x.carbon_g) ? fmt::format("; {} of CO2-equivalent", short_mass(x.carbon_g)) : "");
    }
    show_result("{:<16}{:.1f} turns; {:.2f} rounds are abandoned for each that commits\n", "a round has", x.dispatched,
                x.abandoned_rounds);
  }
  show_result("{:<16}{}\n", "turns end", ends(x));
  show_result("{:<16}{} of the computing\n", "used", percent(x.used_work));
  if (std::isfinite(x.rounds_a_day)) show_result("{:<16}{:.1f}\n", "rounds a day", x.rounds_a_day);
  show_result("{:<16}{}\n", "end", end_text(x));
}

ExitCode explain_experiment(const Wanted& wanted) {
  LoadedExperiment loaded = load_experiment(wanted.experiment, wanted.overrides);
  const Explanation x = explain(loaded.config, wanted.turns);
  if (wanted.json) {
    show_result("{}\n", to_json(x).dump(2, ' ', false, Json::error_handler_t::replace));
    return ExitCode::done;
  }
  show_fleet(x);
  show_rounds(x);
  return ExitCode::done;
}

}  // namespace

void add_explain(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("explain", "Show what a run will be like in virtual time, without training");
  const auto wanted = std::make_shared<Wanted>();
  verb->add_option("EXPERIMENT", wanted->experiment, "YAML file")->required();
  verb->add_option("OVERRIDES", wanted->overrides, "values to use instead, as a.b=c");
  verb->add_option("--turns", wanted->turns, "play at most so many turns; 1000000 when left out")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53));
  verb->add_flag("--json", wanted->json, "print all figures as JSON");
  verb->footer("Example: fedtide explain exp.yaml protocol.deadline='60 s'");
  verb->callback([&session, wanted] { session.action = [wanted] { return explain_experiment(*wanted); }; });
}

}  // namespace fedtide
