#include "sim/experiment/sweep_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "sim/base/error.h"
#include "sim/base/statistics.h"
#include "sim/base/text.h"

namespace fedtide {
namespace {

constexpr const char* kSeed = "seed";

std::string cell(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

/// The keys that some run sweeps, in order; all runs have the same ones.
std::vector<std::string> keys_of(const std::vector<SummaryRow>& rows) {
  std::vector<std::string> keys;
  if (rows.empty()) return keys;
  for (const auto& [key, value] : rows.front().run.parameters) keys.push_back(key);
  return keys;
}

std::string value_of(const PlannedRun& run, const std::string& key) {
  for (const auto& [name, value] : run.parameters) {
    if (name == key) return value;
  }
  return "";
}

struct Column {
  std::string name;
  std::function<double(const SummaryRow&)> value;
  bool is_target = false;
};

std::vector<Column> columns_of(const Goal& goal, bool has_target) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::vector<Column> columns = {{"rounds", [](const SummaryRow& r) { return static_cast<double>(r.standing.rounds); }},
                                 {"time_s", [](const SummaryRow& r) { return r.standing.time_s; }},
                                 {"bytes", [](const SummaryRow& r) { return r.standing.bytes; }},
                                 {"final_" + goal.key, [](const SummaryRow& r) { return r.standing.final_value; }},
                                 {"best_" + goal.key, [](const SummaryRow& r) { return r.standing.best_value; }}};
  if (!has_target) return columns;
  columns.push_back({"rounds_to_target",
                     [](const SummaryRow& r) { return r.target ? static_cast<double>(r.target->round) : kNone; },
                     true});
  columns.push_back(
      {"time_s_to_target", [](const SummaryRow& r) { return r.target ? r.target->time_s : kNone; }, true});
  columns.push_back({"bytes_to_target", [](const SummaryRow& r) { return r.target ? r.target->bytes : kNone; }, true});
  return columns;
}

/// The values of all parameters but the seed.
std::vector<std::string> combination_of(const PlannedRun& run) {
  std::vector<std::string> values;
  for (const auto& [key, value] : run.parameters) {
    if (key != kSeed) values.push_back(value);
  }
  return values;
}

using Group = std::vector<const SummaryRow*>;

/// Rows with equal keys, in the order of their first.
std::vector<Group> grouped(const std::vector<SummaryRow>& rows,
                           const std::function<std::vector<std::string>(const PlannedRun&)>& key_of) {
  std::map<std::vector<std::string>, std::size_t> place;
  std::vector<Group> groups;
  for (const SummaryRow& row : rows) {
    const auto [it, is_new] = place.try_emplace(key_of(row.run), groups.size());
    if (is_new) groups.emplace_back();
    groups[it->second].push_back(&row);
  }
  return groups;
}

std::size_t count(const Group& group, const std::function<bool(const RunStanding&)>& is) {
  return static_cast<std::size_t>(
      std::count_if(group.begin(), group.end(), [&](const SummaryRow* row) { return is(row->standing); }));
}

std::vector<std::string> seed_row(const Group& group, const std::vector<Column>& columns, bool has_target) {
  std::vector<std::string> row = combination_of(group.front()->run);
  const auto is_complete = [](const RunStanding& s) { return s.state == RunState::complete; };
  const auto is_failed = [](const RunStanding& s) { return s.state == RunState::failed; };
  const std::size_t complete = count(group, is_complete);
  const std::size_t failed = count(group, is_failed);
  row.push_back(fmt::format("{}", complete));
  row.push_back(fmt::format("{}", failed));
  row.push_back(fmt::format("{}", group.size() - complete - failed));
  if (has_target) {
    row.push_back(fmt::format("{}", std::count_if(group.begin(), group.end(), [&](const SummaryRow* r) {
                                return is_complete(r->standing) && r->target;
                              })));
  }
  for (const Column& column : columns) {
    Moments moments;
    for (const SummaryRow* one : group) {
      const double value = column.value(*one);
      if (is_complete(one->standing) && std::isfinite(value)) moments.add(value);
    }
    row.push_back(moments.count() > 0 ? cell(moments.mean()) : "");
    row.push_back(moments.count() > 1 ? cell(std::sqrt(moments.variance())) : "");
  }
  return row;
}

}  // namespace

std::vector<SummaryRow> summarize(const SweepFolder& folder, const Goal& goal, const std::optional<double>& target) {
  std::vector<SummaryRow> rows;
  std::vector<std::string> metrics;
  for (PlannedRun& run : read_manifest(folder).runs) {
    SummaryRow row;
    row.standing = standing_of(folder.run(run), goal, false);
    row.run = std::move(run);
    if (metrics.empty()) metrics = row.standing.metrics;
    for (const MetricPoint& point : row.standing.points) {
      const bool is_reached = target && (goal.maximize ? point.value >= *target : point.value <= *target);
      if (is_reached && !row.target) row.target = point;
    }
    rows.push_back(std::move(row));
  }
  if (!metrics.empty() && std::find(metrics.begin(), metrics.end(), goal.key) == metrics.end()) {
    throw Failure(ExitCode::usage,
                  fmt::format("the runs have no metric \"{}\"{}", goal.key, suggestion(goal.key, metrics)));
  }
  return rows;
}

bool has_no_value(const std::vector<SummaryRow>& rows) {
  return std::none_of(rows.begin(), rows.end(), [](const SummaryRow& row) { return !row.standing.points.empty(); });
}

Cells run_table(const std::vector<SummaryRow>& rows, const Goal& goal, bool has_target) {
  const std::vector<std::string> keys = keys_of(rows);
  const bool sweeps_seed = std::find(keys.begin(), keys.end(), kSeed) != keys.end();
  const std::vector<Column> columns = columns_of(goal, has_target);
  Cells cells = {{"index", "run"}};
  cells[0].insert(cells[0].end(), keys.begin(), keys.end());
  if (!sweeps_seed) cells[0].emplace_back(kSeed);
  for (const char* name : {"status", "exit_code"}) cells[0].emplace_back(name);
  for (const Column& column : columns) cells[0].push_back(column.name);
  for (const SummaryRow& row : rows) {
    std::vector<std::string> line = {fmt::format("{}", row.run.index), row.run.name()};
    for (const std::string& key : keys) line.push_back(value_of(row.run, key));
    if (!sweeps_seed) line.push_back(fmt::format("{}", row.run.seed));
    line.emplace_back(name(row.standing.state));
    line.push_back(row.standing.exit_code ? fmt::format("{}", *row.standing.exit_code) : "");
    const bool has_begun = row.standing.state != RunState::pending;
    for (const Column& column : columns) line.push_back(has_begun ? cell(column.value(row)) : "");
    cells.push_back(std::move(line));
  }
  return cells;
}

Cells seed_table(const std::vector<SummaryRow>& rows, const Goal& goal, bool has_target) {
  const std::vector<Column> columns = columns_of(goal, has_target);
  Cells cells = {{}};
  for (const std::string& key : keys_of(rows)) {
    if (key != kSeed) cells[0].push_back(key);
  }
  for (const char* name : {"n", "n_failed", "n_unfinished"}) cells[0].emplace_back(name);
  if (has_target) cells[0].emplace_back("n_reached");
  for (const Column& column : columns) {
    cells[0].push_back("mean_" + column.name);
    cells[0].push_back("sd_" + column.name);
  }
  for (const Group& group : grouped(rows, combination_of)) cells.push_back(seed_row(group, columns, has_target));
  return cells;
}

std::string to_csv(const Cells& cells) {
  std::string text;
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += ',';
      if (row[i].find_first_of(",\"\n\r") == std::string::npos) {
        text += row[i];
        continue;
      }
      text += '"';
      for (const char c : row[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

}  // namespace fedtide
