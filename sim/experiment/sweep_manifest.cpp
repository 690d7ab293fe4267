#include "sim/experiment/sweep_manifest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "sim/base/error.h"
#include "sim/experiment/continuation.h"
#include "sim/experiment/run.h"
#include "sim/record/atomic_file.h"
#include "sim/record/host.h"
#include "sim/record/posix_file.h"

namespace fedtide {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

std::string text_of(const SweepPlan& plan) {
  Json json;
  json["format"] = kFormat;
  json["name"] = plan.name;
  json["experiment"] = plan.experiment;
  json["overrides"] = plan.words;
  json["threads"] = plan.threads;
  json["version"] = program_version();
  json["created"] = utc_now();
  json["runs"] = Json::array();
  for (const PlannedRun& run : plan.runs) {
    Json parameters = Json::object();
    for (const auto& [key, value] : run.parameters) parameters[key] = value;
    json["runs"].push_back({{"index", run.index},
                            {"directory", "runs/" + run.name()},
                            {"seed", run.seed},
                            {"config_hash", run.hash},
                            {"parameters", std::move(parameters)}});
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

SweepPlan plan_of(const Json& json) {
  SweepPlan plan;
  plan.name = json.at("name");
  plan.experiment = json.at("experiment");
  plan.words = json.at("overrides").get<std::vector<std::string>>();
  plan.threads = json.at("threads");
  for (const Json& item : json.at("runs")) {
    PlannedRun run;
    run.index = item.at("index");
    run.seed = item.at("seed");
    run.hash = item.at("config_hash");
    for (const auto& [key, value] : item.at("parameters").items()) run.parameters.emplace_back(key, value);
    plan.runs.push_back(std::move(run));
  }
  return plan;
}

std::string difference(const SweepFolder& folder, const SweepPlan& there, const SweepPlan& here) {
  for (std::size_t i = 0; i < std::min(there.runs.size(), here.runs.size()); ++i) {
    if (there.runs[i].hash == here.runs[i].hash) continue;
    std::string why;
    if (there.runs[i].text() == here.runs[i].text()) {
      std::error_code error;
      const std::filesystem::path config = folder.config(there.runs[i]);
      if (std::filesystem::is_regular_file(config, error)) why = differences(read_text(config), here.runs[i].config);
    }
    if (why.empty()) why = fmt::format("is {} there and {} here", there.runs[i].text(), here.runs[i].text());
    return fmt::format("run {}: {}", i + 1, why);
  }
  if (there.runs.size() == here.runs.size()) return "";
  return fmt::format("{} runs there and {} here", there.runs.size(), here.runs.size());
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: cannot create the directory: {}; choose another output directory", path.string(),
                              error.message()));
  }
}

/// The file system's, in one go: a sync for each of thousands of files would take minutes.
void sync_all(const std::filesystem::path& folder) {
  const FileDescriptor descriptor = open_file(folder, O_RDONLY | O_DIRECTORY, ExitCode::io);
  if (::syncfs(descriptor.get()) != 0) fail_system(ExitCode::io, folder, "cannot force the files to the disk", errno);
}

}  // namespace

bool holds_sweep(const std::filesystem::path& directory) {
  std::error_code error;
  return std::filesystem::is_regular_file(directory / "manifest.json", error);
}

SweepPlan read_manifest(const SweepFolder& folder) {
  if (!holds_sweep(folder.root)) {
    throw Failure(ExitCode::no_input,
                  fmt::format("{}: holds no sweep (no manifest.json in it); name the directory that fedtide sweep "
                              "wrote",
                              folder.root.string()));
  }
  const Json json = Json::parse(read_text(folder.manifest()), nullptr, false);
  if (json.is_object() && json.value("format", kFormat) > kFormat) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: is of format {}, this program knows up to {}; use a newer fedtide",
                              folder.manifest().string(), json.value("format", kFormat), kFormat));
  }
  try {
    return plan_of(json);
  } catch (const nlohmann::json::exception&) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: is no manifest as it was written", folder.manifest().string()));
  }
}

void write_manifest(const SweepFolder& folder, const SweepPlan& plan) {
  if (holds_sweep(folder.root)) {
    const std::string why = difference(folder, read_manifest(folder), plan);
    if (why.empty()) return;
    throw Failure(
        ExitCode::no_output,
        fmt::format("{}: holds another sweep; {}; choose another directory with -o, or continue the sweep that "
                    "is there: fedtide sweep {}",
                    folder.root.string(), why, folder.root.string()));
  }
  for (const char* part : {"configs", "runs", "logs"}) make_folder(folder.root / part);
  for (const PlannedRun& run : plan.runs) {
    const auto path = folder.config(run);
    write_all(open_file(path, O_WRONLY | O_CREAT | O_TRUNC, ExitCode::io), path, run.config);
  }
  sync_all(folder.root);
  write_atomically(folder.manifest(), text_of(plan));
}

}  // namespace fedtide
