#include "sim/experiment/continuation.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/text.h"
#include "sim/experiment/run.h"

namespace fedtide {
namespace {

constexpr std::size_t kShown = 5;

/// Values by dotted key.
void flatten(const nlohmann::json& json, const std::string& path, std::map<std::string, std::string>& values) {
  if (!json.is_object()) {
    values[path] = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  for (const auto& [key, value] : json.items()) {
    if (path.empty() && (key == "execution" || key == "output")) continue;
    flatten(value, path.empty() ? key : path + "." + key, values);
  }
}

std::map<std::string, std::string> values_of(const std::string& text) {
  std::map<std::string, std::string> values;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_object()) flatten(json, "", values);
  return values;
}

/// It came to its end, and another start would only come there again: complete, diverged, given up.
bool is_over(const RunInfo& info) {
  if (info.status == RunStatus::complete) return true;
  return info.status == RunStatus::failed && info.exit_code == static_cast<int>(ExitCode::failed);
}

void require_trajectory(const std::filesystem::path& directory, const RunInfo& info) {
  const auto file = directory / "trajectory.h5";
  std::string why;
  try {
    if (info.trajectory && hash_file(file) != *info.trajectory) why = "is not the file that run.json says it is";
  } catch (const Failure& failure) {
    why = std::string("cannot be read (") + failure.what() + ")";
  }
  if (why.empty()) return;
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}: {}, although the run is {}; start anew with fedtide run --force", file.string(), why,
                            name(info.status)));
}

}  // namespace

std::string differences(const std::string& there, const std::string& here) {
  const auto old_values = values_of(there), new_values = values_of(here);
  std::map<std::string, std::pair<std::string, std::string>> all;
  for (const auto& [key, value] : old_values) all[key].first = value;
  for (const auto& [key, value] : new_values) all[key].second = value;
  std::vector<std::string> texts;
  for (const auto& [key, values] : all) {
    const auto shown = [](const std::string& value) { return value.empty() ? std::string("not given") : value; };
    if (values.first != values.second) {
      texts.push_back(fmt::format("{} is {} there and {} here", key, shown(values.first), shown(values.second)));
    }
  }
  const std::size_t more = texts.size() - std::min(texts.size(), kShown);
  texts.resize(texts.size() - more);
  return join(texts) + (more > 0 ? fmt::format(", and {} keys more differ", more) : "");
}

std::optional<RunInfo> finished_run(const std::filesystem::path& directory, const ResolvedTexts& resolved) {
  const std::optional<RunInfo> info = read_info(directory);
  if (!info || info->config_hash != hash_text(resolved.canonical) || !is_over(*info)) return std::nullopt;
  require_trajectory(directory, *info);
  return info;
}

Standing standing_of(const std::filesystem::path& directory, bool force, const ResolvedTexts& resolved) {
  const std::optional<RunInfo> before = read_info(directory);
  if (!before) return {force ? Start::replacing : Start::fresh, {}};
  if (force) return {Start::replacing, *before};
  // A run that was to replace another, and was killed before it began.
  if (before->config_hash.empty()) return {Start::replacing, *before};
  if (before->config_hash != hash_text(resolved.canonical)) {
    std::error_code error;
    const bool known = std::filesystem::is_regular_file(directory / "config.json", error);
    const std::string how = known ? differences(read_text(directory / "config.json"), resolved.json) : "";
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: holds a run of another experiment{}{}; choose another output directory, or --force "
                              "to replace that run",
                              directory.string(), how.empty() ? "" : ": ", how));
  }
  return {finished_run(directory, resolved) ? Start::over : Start::resuming, *before};
}

}  // namespace fedtide
