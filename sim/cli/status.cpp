// fedtide status DIR: how the runs of a sweep, or one run, stand; also while they go on.

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/app.h"
#include "sim/cli/sweep_table.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/slurm.h"
#include "sim/experiment/sweep_manifest.h"

namespace fedtide {
namespace {

using Json = nlohmann::ordered_json;

struct Row {
  PlannedRun run;  ///< of a single run: without an index
  std::string name;
  RunStanding standing;
};

/// What Slurm says of runs that have not begun; nothing where it does not answer.
void add_queue_states(const SweepFolder& folder, std::vector<Row>& rows) {
  std::map<std::size_t, std::string> queued;
  try {
    queued = queued_runs(folder);
  } catch (const Failure& failure) {
    say("note: {}; what is queued is not known\n", failure.what());
  }
  for (Row& row : rows) {
    const auto found = queued.find(row.run.index);
    const bool is_over = row.standing.state == RunState::complete || row.standing.state == RunState::running;
    if (found != queued.end() && !is_over) row.standing.reason = "slurm: " + found->second;
  }
}

std::vector<Row> rows_of(const std::string& directory, const Goal& goal) {
  std::vector<Row> rows;
  if (holds_sweep(directory)) {
    const SweepFolder folder{directory};
    for (PlannedRun& run : read_manifest(folder).runs) {
      RunStanding standing = standing_of(folder.run(run), goal, false);
      std::string name = run.name();
      rows.push_back({std::move(run), std::move(name), std::move(standing)});
    }
    add_queue_states(folder, rows);
    return rows;
  }
  RunStanding standing = standing_of(directory, goal, false);
  if (standing.state == RunState::pending) {
    throw Failure(ExitCode::no_input,
                  fmt::format("{}: holds neither a sweep (manifest.json) nor a run (run.json); name the directory that "
                              "fedtide sweep or fedtide run wrote",
                              directory));
  }
  rows.push_back({{}, directory, std::move(standing)});
  return rows;
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json json_of(const Row& row, const Goal& goal) {
  const RunStanding& s = row.standing;
  Json json;
  if (row.run.index > 0) json["index"] = row.run.index;
  json["run"] = row.name;
  json["status"] = name(s.state);
  json["rounds"] = s.rounds;
  json["of_rounds"] = s.of_rounds ? Json(*s.of_rounds) : Json(nullptr);
  json["time_s"] = s.time_s;
  json["best_" + goal.key] = number_or_null(s.best_value);
  json["exit_code"] = s.exit_code ? Json(*s.exit_code) : Json(nullptr);
  json["reason"] = s.reason.empty() ? Json(nullptr) : Json(s.reason);
  for (const auto& [key, value] : row.run.parameters) json["parameters"][key] = value;
  return json;
}

std::vector<std::string> cells_of(const Row& row) {
  const RunStanding& s = row.standing;
  const std::string rounds = s.of_rounds ? fmt::format("{}/{}", s.rounds, *s.of_rounds) : fmt::format("{}", s.rounds);
  return {row.name,
          std::string(name(s.state)),
          s.state == RunState::pending ? "" : rounds,
          s.state == RunState::pending ? "" : short_time(s.time_s),
          std::isfinite(s.best_value) ? fmt::format("{:.4f}", s.best_value) : "",
          s.exit_code ? fmt::format("{}", *s.exit_code) : "",
          s.reason,
          row.run.text()};
}

std::string counts_of(const std::vector<Row>& rows) {
  std::string text;
  for (const RunState state : {RunState::complete, RunState::running, RunState::pending, RunState::stopped,
                               RunState::killed, RunState::failed, RunState::damaged}) {
    std::size_t count = 0;
    for (const Row& row : rows) count += row.standing.state == state ? 1 : 0;
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name(state));
  }
  return text;
}

ExitCode status(const std::string& directory, const std::string& metric, bool json) {
  const Goal goal = goal_of(metric);
  const std::vector<Row> rows = rows_of(directory, goal);
  if (json) {
    Json list = Json::array();
    for (const Row& row : rows) list.push_back(json_of(row, goal));
    show_result("{}\n", list.dump(2, ' ', false, Json::error_handler_t::replace));
    return ExitCode::done;
  }
  std::vector<std::vector<std::string>> cells = {
      {"run", "status", "rounds", "time", "best", "exit", "reason", "parameters"}};
  for (const Row& row : rows) cells.push_back(cells_of(row));
  show_result("{}", text_table(cells));
  if (rows.size() > 1) show_result("{}\n", counts_of(rows));
  return ExitCode::done;
}

}  // namespace

void add_status(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("status", "Show how the runs of a sweep, or one run, stand");
  const auto directory = std::make_shared<std::string>();
  const auto metric = std::make_shared<std::string>("accuracy");
  const auto json = std::make_shared<bool>(false);
  verb->add_option("DIRECTORY", *directory, "of a sweep or a run")->required();
  verb->add_option("--metric", *metric, "whose best value is shown: accuracy, loss, or a key of metrics.jsonl");
  verb->add_flag("--json", *json, "print JSON");
  verb->footer("Example: fedtide status out/alpha; while it goes on: watch -n 5 fedtide status out/alpha");
  verb->callback([&session, directory, metric, json] {
    session.action = [directory, metric, json] { return status(*directory, *metric, *json); };
  });
}

}  // namespace fedtide
