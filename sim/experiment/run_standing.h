#pragma once
// How a run stands, from the files in its directory: while it goes on, after its end, and after its process died.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fedtide {

/// killed: run.json says running and no process does. damaged: its files are not as they were written.
enum class RunState { pending, running, complete, stopped, failed, killed, damaged };
std::string_view name(RunState state);

/// A metric: a key of metrics.jsonl and in which direction it gets better.
struct Goal {
  std::string key = "test_accuracy";
  bool maximize = true;

  /// True when a is better than b, or b is no number.
  bool better(double a, double b) const { return b != b || (maximize ? a > b : a < b); }
};

/// One line of metrics.jsonl with a value of the metric.
struct MetricPoint {
  std::int64_t round = 0;
  double time_s = 0;
  double bytes = 0;  ///< down and up since the start
  double value = 0;
};

struct MetricSeries {
  std::vector<MetricPoint> points;
  MetricPoint last;                ///< of the last line; its value may be missing
  bool empty = true;               ///< without a line
  std::vector<std::string> names;  ///< of all keys
};

/// Reads a metrics.jsonl; a torn last line, or no file, is as if it were not there.
MetricSeries read_metrics(const std::filesystem::path& file, std::string_view metric);

struct RunStanding {
  RunState state = RunState::pending;
  std::int64_t rounds = 0;
  std::optional<std::int64_t> of_rounds;                          ///< stop.rounds
  double time_s = 0;                                              ///< virtual
  double bytes = 0;                                               ///< down and up
  double final_value = std::numeric_limits<double>::quiet_NaN();  ///< of the metric
  double best_value = std::numeric_limits<double>::quiet_NaN();
  std::vector<MetricPoint> points;   ///< all values of the metric
  std::vector<std::string> metrics;  ///< keys that a line of metrics.jsonl has
  std::optional<int> exit_code;
  std::string reason;
  std::string config_hash;
  double wall_seconds = 0;
};

/// Of one run's directory. `thorough`: the bits of a complete run's trajectory are checked, not only its size.
RunStanding standing_of(const std::filesystem::path& directory, const Goal& metric, bool thorough);

}  // namespace fedtide
