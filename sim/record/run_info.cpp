// What run.json says, written and read.

#include <nlohmann/json.hpp>

#include "sim/record/run_directory.h"

namespace fedtide {
namespace {

nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

/// A value of the wrong kind reads as absent: the file may be of another program's version.
template <class T>
T value_of(const nlohmann::json& json, const char* key, T otherwise) {
  try {
    return json.contains(key) && !json[key].is_null() ? json[key].get<T>() : otherwise;
  } catch (const nlohmann::json::exception&) {
    return otherwise;
  }
}

}  // namespace

std::string_view name(RunStatus status) {
  constexpr std::string_view names[] = {"running", "complete", "stopped", "failed"};
  return names[static_cast<int>(status)];
}

std::string to_json(const RunInfo& info) {
  nlohmann::ordered_json json;
  json["status"] = name(info.status);
  json["reason"] = text_or_null(info.reason);
  json["exit_code"] = info.exit_code ? nlohmann::ordered_json(*info.exit_code) : nlohmann::ordered_json();
  json["version"] = text_or_null(info.version);
  json["build"] = text_or_null(info.build);
  json["host"] = text_or_null(info.host);
  json["started"] = text_or_null(info.started);
  json["ended"] = text_or_null(info.ended);
  json["wall_seconds"] = info.wall_seconds;
  json["threads"] = info.threads;
  json["config_hash"] = text_or_null(info.config_hash);
  json["trajectory"] = nullptr;
  if (info.trajectory) json["trajectory"] = {{"bytes", info.trajectory->bytes}, {"xxh3_128", info.trajectory->hex}};
  json["resumed"] = info.resumed;
  json["resumed_round"] = info.resumed_round ? nlohmann::ordered_json(*info.resumed_round) : nlohmann::ordered_json();
  // A message may quote a path that is no UTF-8.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::optional<RunInfo> read_info(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(directory / "run.json", error)) return std::nullopt;
  const auto json = nlohmann::json::parse(read_text(directory / "run.json"), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  RunInfo info;
  const std::string status = value_of<std::string>(json, "status", "");
  bool known = false;
  for (const RunStatus each : {RunStatus::running, RunStatus::complete, RunStatus::stopped, RunStatus::failed}) {
    if (status != name(each)) continue;
    info.status = each;
    known = true;
  }
  if (!known) return std::nullopt;
  info.reason = value_of<std::string>(json, "reason", "");
  if (json.contains("exit_code") && json["exit_code"].is_number_integer()) info.exit_code = json["exit_code"];
  info.version = value_of<std::string>(json, "version", "");
  info.build = value_of<std::string>(json, "build", "");
  info.host = value_of<std::string>(json, "host", "");
  info.started = value_of<std::string>(json, "started", "");
  info.ended = value_of<std::string>(json, "ended", "");
  info.wall_seconds = value_of<double>(json, "wall_seconds", 0);
  info.threads = value_of<int>(json, "threads", 0);
  info.config_hash = value_of<std::string>(json, "config_hash", "");
  if (const auto file = json.find("trajectory"); file != json.end() && file->is_object()) {
    info.trajectory =
        FileHash{value_of<std::uint64_t>(*file, "bytes", 0), value_of<std::string>(*file, "xxh3_128", "")};
  }
  info.resumed = value_of<int>(json, "resumed", 0);
  if (json.contains("resumed_round") && json["resumed_round"].is_number_integer()) {
    info.resumed_round = json["resumed_round"];
  }
  return info;
}

}  // namespace fedtide
