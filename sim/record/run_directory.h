#pragma once
// A run's directory: one process at a time, no silent overwriting, small files written whole.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sim/record/directory_lock.h"
#include "sim/record/hash.h"
#include "sim/record/posix_file.h"

namespace fedtide {

enum class RunStatus { running, complete, stopped, failed };
std::string_view name(RunStatus status);

/// What `run.json` says. Wall times are of the host; nothing of it enters results.
struct RunInfo {
  RunStatus status = RunStatus::running;
  std::string reason;            ///< why it ended: "stop.rounds", or the message of the failure
  std::optional<int> exit_code;  ///< none while running
  std::string version;           ///< of the program
  std::string build;             ///< compiler and flags
  std::string host;
  std::string started;  ///< UTC, ISO 8601
  std::string ended;    ///< empty while running
  double wall_seconds = 0;
  int threads = 0;
  std::string config_hash;
  std::optional<FileHash> trajectory;         ///< none without a trajectory.h5
  int resumed = 0;                            ///< how often it was taken up again
  std::optional<std::int64_t> resumed_round;  ///< the last time, from the checkpoint of this round; 0: from the start
};

/// The content of run.json; what is empty or unknown is null.
std::string to_json(const RunInfo& info);
/// What run.json of a directory says; nothing where there is none, or none that can be read.
std::optional<RunInfo> read_info(const std::filesystem::path& directory);

/// What to do with a run that is in a directory.
enum class Existing {
  refuse,
  replace,  ///< remove its files
  keep,     ///< go on with it
};

class RunDirectory {
 public:
  /// Creates the directory where needed and takes its lock: a second process is refused; the kernel drops the lock when
  /// this one dies. Errors: Failure(no_output).
  explicit RunDirectory(std::filesystem::path path);
  /// And prepares it.
  RunDirectory(std::filesystem::path path, bool force) : RunDirectory(std::move(path)) {
    prepare(force ? Existing::replace : Existing::refuse);
  }

  /// Makes room for a run: refuses a directory that holds one, removes that run's files and no others (its run.json
  /// then says running), or keeps them; removes leftovers of killed writers. A directory with files of a run's names
  /// but no run.json is refused always: write_info first of all. Errors: Failure(no_output), Failure(io) from removing.
  void prepare(Existing existing);

  const std::filesystem::path& path() const { return path_; }
  /// Where tables grow while the run goes on.
  std::filesystem::path spool() const { return path_ / ".spool"; }

  /// config.yaml and config.json: the resolved config. Errors of this and below: Failure(io).
  void write_config(std::string_view yaml, std::string_view json) const;
  /// run.json
  void write_info(const RunInfo& info) const;

 private:
  void make() const;
  void refuse_other_content(Existing existing) const;
  void remove_run() const;

  std::filesystem::path path_;
  std::optional<DirectoryLock> lock_;
};

}  // namespace fedtide
