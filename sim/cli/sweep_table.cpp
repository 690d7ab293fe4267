#include "sim/cli/sweep_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace fedtide {

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width;
  for (const auto& row : rows) {
    width.resize(std::max(width.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], width[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string plan_table(const SweepPlan& plan) {
  std::vector<std::vector<std::string>> rows = {{"run"}};
  if (!plan.runs.empty()) {
    for (const auto& [key, value] : plan.runs.front().parameters) rows[0].push_back(key);
  }
  for (const PlannedRun& run : plan.runs) {
    rows.push_back({run.name()});
    for (const auto& [key, value] : run.parameters) rows.back().push_back(value);
  }
  return text_table(rows) + fmt::format("{} runs\n", plan.runs.size());
}

std::string plan_json(const SweepPlan& plan) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const PlannedRun& run : plan.runs) {
    nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
    for (const auto& [key, value] : run.parameters) parameters[key] = value;
    list.push_back({{"index", run.index}, {"run", run.name()}, {"parameters", std::move(parameters)}});
  }
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

CLI::Validator whole_number(long low, long high) {
  return CLI::Validator(
      [low, high](const std::string& text) {
        long value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool is_number = error == std::errc() && end == text.data() + text.size();
        if (is_number && value >= low && value <= high) return std::string();
        return fmt::format("must be a whole number between {} and {}, got \"{}\"", low, high, text);
      },
      "");
}

Goal goal_of(const std::string& metric) {
  const bool is_short = metric == "accuracy" || metric == "loss";
  return {is_short ? "test_" + metric : metric, metric.find("loss") == std::string::npos};
}

}  // namespace fedtide
