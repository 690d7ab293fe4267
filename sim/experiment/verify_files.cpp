// The small files beside a trajectory: metrics.jsonl, line by line, and what run.json knows of it.

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/error.h"
#include "sim/experiment/verify.h"
#include "sim/record/hash.h"
#include "sim/record/posix_file.h"
#include "sim/record/trajectory_reader.h"

namespace fedtide {
namespace {

using Verdict = Finding::Verdict;

/// The columns that a line's keys stand for; a sum where there are several.
class Columns {
 public:
  explicit Columns(const TrajectoryReader& file) : file_(file) {}

  std::size_t rows() { return column("round").size(); }
  /// NaN for what is missing; nothing for a key of no column.
  std::optional<double> value(const std::string& key, std::size_t row) {
    if (key == "reports") return value("reported", row);
    if (key == "spent_energy_j" || key == "wasted_energy_j") return energy(key.substr(0, key.find("energy")), row);
    if (key == "wasted_bytes") return column("wasted_bytes_down").at(row) + column("wasted_bytes_up").at(row);
    if (key.starts_with("client_")) return of_evaluation(key, column("round").at(row));
    if (!file_.has("/" + key)) return std::nullopt;
    return column(key).at(row);
  }

 private:
  std::optional<double> of_evaluation(const std::string& key, double round) {
    if (!file_.has("/evaluation/" + key)) return std::nullopt;
    const std::vector<double>& rounds = column("evaluation/round");
    const auto at = std::find(rounds.begin(), rounds.end(), round);
    if (at == rounds.end()) return std::nan("");
    return column("evaluation/" + key).at(static_cast<std::size_t>(at - rounds.begin()));
  }
  /// In the order of Energy::total().
  std::optional<double> energy(const std::string& prefix, std::size_t row) {
    if (!file_.has("/" + prefix + "compute_j")) return std::nullopt;
    return column(prefix + "compute_j").at(row) + column(prefix + "receive_j").at(row) +
           column(prefix + "send_j").at(row) + column(prefix + "idle_j").at(row);
  }
  const std::vector<double>& column(const std::string& name) {
    const auto [found, is_new] = read_.try_emplace(name);
    if (is_new) found->second = file_.reals("/" + name);
    return found->second;
  }

  const TrajectoryReader& file_;
  std::map<std::string, std::vector<double>> read_;
};

std::string number(double value) { return std::isnan(value) ? "null" : fmt::format("{}", value); }

/// Empty, or where a line says something else than its row.
std::string compare_line(const nlohmann::json& line, std::size_t row, Columns& columns) {
  for (const auto& [key, value] : line.items()) {
    const std::optional<double> known = columns.value(key, row);
    if (!known) return fmt::format("line {}: {} is no column of the trajectory", row + 1, key);
    const double said = value.is_number() ? value.get<double>() : std::nan("");
    const bool same = said == *known || (std::isnan(said) && !std::isfinite(*known));
    if (!same) {
      return fmt::format("line {}: {} is {}, the trajectory says {}", row + 1, key, number(said), number(*known));
    }
  }
  return "";
}

std::string compare_log(const std::filesystem::path& path, const TrajectoryReader& file) {
  Columns columns(file);
  std::istringstream lines(read_text(path));
  std::size_t row = 0;
  for (std::string text; std::getline(lines, text); ++row) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object()) return fmt::format("line {}: is no JSON object", row + 1);
    if (row >= columns.rows()) return fmt::format("line {}: the trajectory has {} rounds", row + 1, columns.rows());
    if (std::string differs = compare_line(line, row, columns); !differs.empty()) return differs;
  }
  return row == columns.rows() ? "" : fmt::format("{} lines, the trajectory has {} rounds", row, columns.rows());
}

std::string compare_info(const std::filesystem::path& path, const TrajectoryReader& file) {
  const auto info = nlohmann::json::parse(read_text(path), nullptr, false);
  const nlohmann::json known = info.is_object() ? info.value("trajectory", nlohmann::json()) : nlohmann::json();
  const std::string said = known.is_object() ? known.value("xxh3_128", "") : "";
  const std::string found = hash_file(file.path()).hex;
  if (said == found) return "";
  return fmt::format("it knows a trajectory with the hash {}, this one has {}", said.empty() ? "none" : said, found);
}

}  // namespace

std::vector<Finding> verify_files(const std::filesystem::path& run) {
  const TrajectoryReader file(run);
  const auto check = [&](const char* law, const char* name, const auto& compare) {
    std::error_code error;
    if (!std::filesystem::is_directory(run, error)) return Finding{Verdict::unchecked, law, "no run directory given"};
    if (!std::filesystem::exists(run / name, error)) return Finding{Verdict::unchecked, law, "no such file"};
    std::string text = compare(run / name, file);
    return Finding{text.empty() ? Verdict::holds : Verdict::broken, law, std::move(text)};
  };
  return {check("metrics.jsonl says the same", "metrics.jsonl", compare_log),
          check("run.json is of this trajectory", "run.json", compare_info)};
}

}  // namespace fedtide
