#include "sim/record/run_directory.h"

#include <system_error>
#include <utility>

#include "sim/record/atomic_file.h"
#include "sim/record/host.h"

namespace fedtide {

namespace {

// run.json is what tells a run's directory from a folder of the user with, say, a config.yaml of his own.
constexpr const char* kRunFiles[] = {"trajectory.h5", "metrics.jsonl",   "config.yaml",     "config.json",
                                     "checkpoint",    "checkpoint.prev", "checkpoint.rows", "run.json"};

/// How the run in a directory stands, in words; empty when run.json is absent or unreadable.
std::string standing(const std::filesystem::path& directory) {
  const std::optional<RunInfo> info = read_info(directory);
  if (!info) return "";
  // Its lock was free, so a run that is said to be running is dead.
  if (info->status == RunStatus::running) return " (its process died before the end)";
  return fmt::format(" (status: {})", name(info->status));
}

}  // namespace

RunDirectory::RunDirectory(std::filesystem::path path) : path_(std::move(path)) {
  make();
  lock_.emplace(path_);
}

void RunDirectory::prepare(Existing existing) {
  refuse_other_content(existing);
  if (existing == Existing::replace) remove_run();
  remove_stale_temporaries(path_);
  std::error_code error;
  std::filesystem::remove_all(spool(), error);
  if (!error) std::filesystem::create_directory(spool(), error);
  if (error) fail_system(ExitCode::no_output, spool(), "cannot create the folder", error.value());
}

void RunDirectory::make() const {
  if (path_.empty()) throw Failure(ExitCode::no_output, "output directory: is an empty name; name a directory");
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: is a file, a directory is needed; choose another output directory", path_.string()));
  }
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(path_, error)) && !std::filesystem::exists(status)) {
    throw Failure(
        ExitCode::no_output,
        fmt::format("{}: is a link to nothing; remove it or choose another output directory", path_.string()));
  }
  std::filesystem::create_directories(path_, error);
  if (error) {
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: cannot create the directory: {}; choose another output directory", path_.string(),
                              error.message()));
  }
}

void RunDirectory::refuse_other_content(Existing existing) const {
  const auto is_there = [&](const char* file) {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::symlink_status(path_ / file, error));
  };
  const bool is_run = is_there("run.json");
  for (const char* file : kRunFiles) {
    if (!is_there(file)) continue;
    if (!is_run) {
      throw Failure(ExitCode::no_output,
                    fmt::format("{}: {} is there and would be replaced, but without a run.json this is no "
                                "directory of a run; choose another output directory",
                                path_.string(), file));
    }
    if (existing != Existing::refuse) continue;
    throw Failure(
        ExitCode::no_output,
        fmt::format("{}: holds a run already{}; choose another output directory, or --force to replace that run",
                    path_.string(), standing(path_)));
  }
}

void RunDirectory::remove_run() const {
  std::error_code unreadable;
  if (!std::filesystem::exists(path_ / "run.json", unreadable)) return;
  // First, and instead of removing it: killed in between, no run.json may call a run complete that is half removed, and
  // the directory must stay known as a run's.
  RunInfo info;
  info.reason = "replaces an earlier run";
  info.host = host_name();
  info.started = utc_now();
  write_info(info);
  for (const char* file : kRunFiles) {
    if (std::string_view(file) == "run.json") continue;
    std::error_code error;
    std::filesystem::remove(path_ / file, error);
    if (error) fail_system(ExitCode::io, path_ / file, "cannot remove", error.value());
  }
}

void RunDirectory::write_config(std::string_view yaml, std::string_view json) const {
  write_atomically(path_ / "config.yaml", yaml);
  write_atomically(path_ / "config.json", json);
}

void RunDirectory::write_info(const RunInfo& info) const { write_atomically(path_ / "run.json", to_json(info)); }

}  // namespace fedtide
