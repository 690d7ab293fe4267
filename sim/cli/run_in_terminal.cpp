#include "sim/cli/run_in_terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/cli/signals.h"
#include "sim/cli/terminal.h"
#include "sim/federation/client_spread.h"

namespace fedtide {
namespace {

nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

void print_json(const RunReport& report, const std::string& directory, const Post* post) {
  nlohmann::ordered_json j;
  j["run"] = directory;
  j["status"] = name(report.info.status);
  j["reason"] = report.info.reason;
  if (report.info.resumed > 0) j["resumed"] = report.info.resumed;
  if (report.was_over) {
    j["was_over"] = true;
    show_result("{}\n", j.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  j["rounds"] = report.rounds;
  j["time_s"] = report.virtual_seconds;
  j["test_accuracy"] = number_or_null(report.last_evaluation.test_accuracy);
  j["test_loss"] = number_or_null(report.last_evaluation.test_loss);
  j["best_accuracy"] = number_or_null(report.best_accuracy);
  for (std::size_t m = 0; m < report.last_evaluation.metrics.size(); ++m) {
    j["test_" + report.metrics[m]] = number_or_null(report.last_evaluation.metrics[m]);
  }
  if (!report.last_evaluation.clients.empty()) {
    const ClientSpread spread = spread_of(report.last_evaluation.client_accuracy);
    j["client_accuracy_mean"] = number_or_null(spread.mean);
    j["client_accuracy_variance"] = number_or_null(spread.variance);
    j["client_accuracy_worst_decile"] = number_or_null(spread.worst_decile);
    j["client_accuracy_gini"] = number_or_null(spread.gini);
    j["client_accuracy_jain"] = number_or_null(spread.jain);
  }
  j["bytes_down"] = report.bytes_down;
  j["bytes_up"] = report.bytes_up;
  if (report.accounts.energy) {
    j["energy_j"] = report.spent.energy.total();
    j["wasted_energy_j"] = report.wasted.energy.total();
  }
  if (report.accounts.carbon) j["carbon_g"] = report.spent.carbon_g;
  if (report.accounts.metered) j["metered_bytes"] = report.spent.metered_bytes;
  if (!report.session_shapes.empty()) j["sessions"] = report.session_shapes;
  if (post) {
    const PostCount count = post->count();
    j["ranks"] = {{"count", post->ranks()},
                  {"letters_out", count.letters_out},
                  {"bytes_out", count.bytes_out},
                  {"letters_in", count.letters_in},
                  {"bytes_in", count.bytes_in}};
  }
  j["wall_seconds"] = report.info.wall_seconds;
  // A directory's name may be no UTF-8.
  show_result("{}\n", j.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

/// "-v[]+^ 76.9 %, -v[]+# 21.1 %, -v[! 2.0 %": the most frequent first.
std::string shares_of(const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::pair<std::int64_t, std::string>> order;
  std::int64_t all = 0;
  for (const auto& [text, count] : counts) {
    order.emplace_back(-count, text);
    all += count;
  }
  std::sort(order.begin(), order.end());
  std::string text;
  for (const auto& [count, shape] : order) {
    text += fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", shape,
                        -100 * static_cast<double>(count) / static_cast<double>(all));
  }
  return text;
}

void print_energy(const RunReport& report) {
  const Energy& spent = report.spent.energy;
  const double wasted = spent.total() > 0 ? report.wasted.energy.total() / spent.total() : 0;
  show_result("{:<16}{}, {:.1f} % of it wasted; computing {}, receiving {}, sending {}, waiting {}\n", "energy",
              short_energy(spent.total()), 100 * wasted, short_energy(spent.compute_j), short_energy(spent.receive_j),
              short_energy(spent.send_j), short_energy(spent.idle_j));
}

void print_summary(const RunReport& report, const std::string& directory, const Post* post) {
  show_result("{:<16}{}\n", std::string(name(report.info.status)), report.info.reason);
  if (report.info.resumed > 0) {
    show_result("{:<16}{} time{}, the last from round {}\n", "resumed", report.info.resumed,
                report.info.resumed == 1 ? "" : "s", report.info.resumed_round.value_or(0));
  }
  if (report.was_over) return show_result("{:<16}{}\n", "results", directory);
  show_result("{:<16}{}\n", "rounds", report.rounds);
  if (std::isfinite(report.last_evaluation.test_accuracy)) {
    show_result("{:<16}{:.4f} (best {:.4f}), loss {:.4f}\n", "test accuracy", report.last_evaluation.test_accuracy,
                report.best_accuracy, report.last_evaluation.test_loss);
  } else if (std::isfinite(report.last_evaluation.test_loss)) {
    show_result("{:<16}{:.4f}\n", "test loss", report.last_evaluation.test_loss);
  }
  for (std::size_t m = 0; m < report.last_evaluation.metrics.size(); ++m) {
    const double value = report.last_evaluation.metrics[m];
    show_result("{:<16}{}\n", "test " + report.metrics[m],
                std::isfinite(value) ? fmt::format("{:.4f}", value) : "none");
  }
  if (const ClientSpread spread = spread_of(report.last_evaluation.client_accuracy); std::isfinite(spread.mean)) {
    show_result(
        "{:<16}{:.4f} on {} clients' own data, worst decile {:.4f}, variance {:.4f}, Gini {:.4f}, Jain {:.4f}\n",
        "client accuracy", spread.mean, report.last_evaluation.clients.size(), spread.worst_decile, spread.variance,
        spread.gini, spread.jain);
  }
  show_result("{:<16}{}\n", "virtual time", short_time(report.virtual_seconds));
  show_result("{:<16}{} down, {} up\n", "network", short_bytes(static_cast<double>(report.bytes_down)),
              short_bytes(static_cast<double>(report.bytes_up)));
  if (report.accounts.metered) {
    show_result("{:<16}{} over links paid by the byte\n", "metered",
                short_bytes(static_cast<double>(report.spent.metered_bytes)));
  }
  if (report.accounts.energy) print_energy(report);
  if (report.accounts.carbon) show_result("{:<16}{} of CO2-equivalent\n", "carbon", short_mass(report.spent.carbon_g));
  if (!report.session_shapes.empty()) show_result("{:<16}{}\n", "sessions", shares_of(report.session_shapes));
  if (post) {
    const PostCount count = post->count();
    show_result("{:<16}{}; {} to the others in {} messages, {} from them in {}\n", "ranks", post->ranks(),
                short_bytes(static_cast<double>(count.bytes_out)), count.letters_out,
                short_bytes(static_cast<double>(count.bytes_in)), count.letters_in);
  }
  show_result("{:<16}{:.1f} s on {} thread{}\n", "wall time", report.info.wall_seconds, report.info.threads,
              report.info.threads == 1 ? "" : "s");
  show_result("{:<16}{}\n", "results", directory);
}

}  // namespace

ExitCode run_in_terminal(LoadedExperiment& loaded, const RunPlace& place, const RunDisplay& display) {
  const std::atomic<bool>& interrupted = listen_to_signals(display.quiet);
  RunReport report;
  {
    Console console(loaded.config.stop, display.quiet);
    const RunOptions options{place.directory, place.force, place.command, &console, place.post};
    report = run_experiment(loaded.config, loaded.resolved, options, interrupted);
  }
  if (report.was_over && !display.quiet) {
    say("{}: already {}; --force replaces it\n", place.directory,
        report.exit_code == ExitCode::done ? "complete" : "at its end");
  }
  display.json ? print_json(report, place.directory, place.post) : print_summary(report, place.directory, place.post);
  return report.exit_code;
}

}  // namespace fedtide
