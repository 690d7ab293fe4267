#pragma once
// A folder that goes away, processes that are forked, and a small run to record.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "sim/record/trajectory.h"

namespace fedtide {

/// A new folder under the system's temporary one, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Runs `work` in a child; its result is the child's exit status. A Failure's message goes to `message`, its code is
/// the status.
pid_t start_child(const std::function<int()>& work, const std::filesystem::path& message = {});
/// Waits: the exit status, or minus the signal that killed the child.
int wait_for(pid_t child);

std::string text_of(const std::filesystem::path& path);
void put_text(const std::filesystem::path& path, const std::string& text);

/// The message of the Failure with `code` that `work` throws; empty when it throws none, or another.
std::string failure_of(ExitCode code, const std::function<void()>& work);

/// A run made up of numbers with a pattern; what differs between two of them is said here.
struct SampleRun {
  std::int64_t rounds = 12;
  std::int64_t traces = 20000;  ///< more than one block of a spool
  std::int64_t clients = 40;
  std::size_t weights = 3000;
  std::int64_t dispatched = 9;  ///< in round 3
  float weight = 0.25f;         ///< of index 7
  std::string host = "one";
  bool evaluate = true;
};

/// Records it into `folder`/trajectory.h5 (and metrics.jsonl); returns what `finish` did.
FileHash record_sample(const std::filesystem::path& folder, const SampleRun& run = {});

}  // namespace fedtide
