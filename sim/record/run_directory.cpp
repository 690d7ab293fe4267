#include "sim/record/run_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "sim/record/atomic_file.h"
#include "sim/record/host.h"

namespace fedtide {

namespace {

// run.json is what tells a run's directory from a folder of the user with, say, a config.yaml of his own.
constexpr const char* kRunFiles[] = {"trajectory.h5", "metrics.jsonl",      "config.yaml", "config.json",
                                     "checkpoint.h5", "checkpoint.prev.h5", "run.json"};

nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

/// How the run in a directory stands, in words; empty when run.json is absent or unreadable.
std::string standing(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return "";
  const auto json = nlohmann::json::parse(read_text(file), nullptr, false);
  if (!json.is_object() || !json.contains("status") || !json["status"].is_string()) return "";
  const std::string status = json["status"];
  // Its lock was free, so a run that is said to be running is dead.
  return status == "running" ? " (its process died before the end)" : fmt::format(" (status: {})", status);
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
  // A message may quote a path that is no UTF-8.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

RunDirectory::RunDirectory(std::filesystem::path path, bool force) : path_(std::move(path)) {
  make();
  lock();
  refuse_other_content(force);
  if (force) remove_run();
  remove_stale_temporaries(path_);
  std::error_code error;
  std::filesystem::remove_all(spool(), error);
  if (!error) std::filesystem::create_directory(spool(), error);
  if (error) fail_system(ExitCode::no_output, spool(), "cannot create the folder", error.value());
  const std::string holder = fmt::format("{} {}\n", ::getpid(), host_name());
  if (::ftruncate(lock_.get(), 0) != 0) fail_system(ExitCode::io, path_ / ".lock", "cannot write", errno);
  write_at(lock_, path_ / ".lock", 0, holder.data(), holder.size());
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

void RunDirectory::lock() {
  const auto file = path_ / ".lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) {
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: cannot write in this directory: {}; choose another output directory", path_.string(),
                              std::generic_category().message(errno)));
  }
  lock_ = FileDescriptor(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) {
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: cannot lock this directory: {}; choose one on a file system with "
                              "locks (flock)",
                              path_.string(), std::generic_category().message(errno)));
  }
  std::string holder = "another process";
  const std::string text = read_text(file);
  if (const auto space = text.find(' '); space != text.npos) {
    holder =
        fmt::format("process {} on {}", text.substr(0, space), text.substr(space + 1, text.find('\n') - space - 1));
  }
  throw Failure(ExitCode::no_output,
                fmt::format("{}: is in use by {}; wait until it ends or choose another output directory",
                            path_.string(), holder));
}

void RunDirectory::refuse_other_content(bool force) const {
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
    if (force) continue;
    throw Failure(
        ExitCode::no_output,
        fmt::format("{}: holds a run already{}; choose another output directory, or --force to replace that run",
                    path_.string(), standing(path_ / "run.json")));
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
