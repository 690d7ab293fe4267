#pragma once
// One process at a time in a directory. The kernel drops the lock when the process dies, so none is ever stale.

#include <filesystem>
#include <optional>
#include <string>

#include "sim/record/posix_file.h"

namespace fedtide {

class DirectoryLock {
 public:
  /// Takes the lock of an existing directory and writes who holds it, "<pid> <host>", into its `.lock`. Errors:
  /// Failure(no_output), naming the holder when another process has it.
  explicit DirectoryLock(const std::filesystem::path& directory);

 private:
  FileDescriptor file_;
};

/// "process 123 on host", when a process holds the directory's lock. One of this host is looked for among the open
/// files of processes, so that asking takes no lock, not for a moment, and disturbs no run that starts; of one of
/// another host only the lock itself tells.
std::optional<std::string> holder_of(const std::filesystem::path& directory);

}  // namespace fedtide
