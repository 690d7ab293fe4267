#include "sim/experiment/run_standing.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "sim/record/directory_lock.h"
#include "sim/record/hash.h"

namespace fedtide {
namespace {

using Json = nlohmann::json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// The number of a key of a line that the program wrote; NaN for null and for what is not there. A full JSON parse of
/// each line would make `status` of a thousand runs take seconds.
double field(std::string_view line, std::string_view key) {
  const std::string wanted = "\"" + std::string(key) + "\": ";
  const std::size_t at = line.find(wanted);
  if (at == line.npos) return kNone;
  double value = kNone;
  std::from_chars(line.data() + at + wanted.size(), line.data() + line.size(), value);
  return value;
}

std::vector<std::string> names_in(const std::string& line) {
  std::vector<std::string> names;
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) names.push_back(key);
  }
  return names;
}

Json read_json(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return stream ? Json::parse(stream, nullptr, false) : Json();
}

std::string text_in(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

RunState state_of(const std::filesystem::path& directory, const Json& info) {
  const std::string status = text_in(info, "status");
  if (status == "complete") return RunState::complete;
  if (status == "stopped") return RunState::stopped;
  if (status == "failed") return RunState::failed;
  if (status == "running") return holder_of(directory) ? RunState::running : RunState::killed;
  return RunState::damaged;
}

/// Whether the trajectory is the one that the run wrote.
bool has_its_trajectory(const std::filesystem::path& directory, const Json& info, bool thorough) {
  const auto recorded = info.find("trajectory");
  if (recorded == info.end() || !recorded->is_object()) return false;
  const auto file = directory / "trajectory.h5";
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error || bytes != recorded->value("bytes", std::uintmax_t{0})) return false;
  return !thorough || hash_file(file).hex == recorded->value("xxh3_128", "");
}

void read_run_json(const std::filesystem::path& directory, bool thorough, RunStanding& standing) {
  std::error_code error;
  if (!std::filesystem::exists(directory / "run.json", error)) return;
  const Json info = read_json(directory / "run.json");
  if (!info.is_object()) {
    standing.state = RunState::damaged;
    standing.reason = "run.json is no JSON";
    return;
  }
  standing.state = state_of(directory, info);
  standing.reason = text_in(info, "reason");
  standing.config_hash = text_in(info, "config_hash");
  if (info.contains("exit_code") && info["exit_code"].is_number_integer()) standing.exit_code = info["exit_code"];
  if (info.contains("wall_seconds") && info["wall_seconds"].is_number()) standing.wall_seconds = info["wall_seconds"];
  if (standing.state == RunState::killed) standing.reason = "its process died before the end";
  if (standing.state == RunState::complete && !has_its_trajectory(directory, info, thorough)) {
    standing.state = RunState::damaged;
    standing.reason = "trajectory.h5 is not as it was written";
  }
}

void read_target(const std::filesystem::path& directory, RunStanding& standing) {
  const Json config = read_json(directory / "config.json");
  if (!config.is_object() || !config.contains("stop") || !config["stop"].is_object()) return;
  const auto rounds = config["stop"].find("rounds");
  if (rounds != config["stop"].end() && rounds->is_number_integer()) standing.of_rounds = rounds->get<std::int64_t>();
}

}  // namespace

std::string_view name(RunState state) {
  constexpr std::string_view names[] = {"pending", "running", "complete", "stopped", "failed", "killed", "damaged"};
  return names[static_cast<int>(state)];
}

MetricSeries read_metrics(const std::filesystem::path& file, std::string_view metric) {
  MetricSeries series;
  std::ifstream stream(file);
  std::string line;
  // A line without its end is still being written.
  while (std::getline(stream, line) && !stream.eof()) {
    if (series.names.empty()) series.names = names_in(line);
    const double round = field(line, "round");
    if (std::isnan(round)) continue;
    const MetricPoint point{static_cast<std::int64_t>(round), field(line, "time_s"),
                            field(line, "bytes_down") + field(line, "bytes_up"), field(line, metric)};
    series.last = point;
    series.empty = false;
    if (std::isfinite(point.value)) series.points.push_back(point);
  }
  return series;
}

RunStanding standing_of(const std::filesystem::path& directory, const Goal& metric, bool thorough) {
  RunStanding standing;
  read_run_json(directory, thorough, standing);
  if (standing.state == RunState::pending) return standing;
  read_target(directory, standing);
  MetricSeries series = read_metrics(directory / "metrics.jsonl", metric.key);
  standing.rounds = series.last.round;
  standing.time_s = series.last.time_s;
  standing.bytes = series.last.bytes;
  for (const MetricPoint& point : series.points) {
    standing.final_value = point.value;
    if (metric.better(point.value, standing.best_value)) standing.best_value = point.value;
  }
  standing.points = std::move(series.points);
  standing.metrics = std::move(series.names);
  return standing;
}

}  // namespace fedtide
