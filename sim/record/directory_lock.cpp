#include "sim/record/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

#include "sim/record/host.h"

namespace fedtide {

namespace {

/// "<pid> <host>" as words; empty when the file has not that form.
std::pair<std::string, std::string> written_holder(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return {};
  const std::string text = read_text(file);
  const auto space = text.find(' ');
  if (space == text.npos) return {};
  return {text.substr(0, space), text.substr(space + 1, text.find('\n') - space - 1)};
}

std::string in_words(const std::pair<std::string, std::string>& holder) {
  return holder.first.empty() ? "another process" : fmt::format("process {} on {}", holder.first, holder.second);
}

/// Whether a process of this host has the file open; a process that may not be looked into counts as one that has.
bool has_open(const std::string& pid, const std::filesystem::path& file) {
  const std::filesystem::path folder = "/proc/" + pid + "/fd";
  struct stat wanted {};
  if (::stat(file.c_str(), &wanted) != 0) return false;
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error);
  if (error) return error == std::errc::permission_denied;
  for (const std::filesystem::directory_iterator end; !error && it != end; it.increment(error)) {
    struct stat found {};
    if (::stat(it->path().c_str(), &found) == 0 && found.st_ino == wanted.st_ino && found.st_dev == wanted.st_dev) {
      return true;
    }
  }
  return false;
}

/// Where the file system cannot tell, the lock counts as held.
bool is_locked(const std::filesystem::path& file) {
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return !descriptor.is_open() || ::flock(descriptor.get(), LOCK_SH | LOCK_NB) != 0;
}

}  // namespace

DirectoryLock::DirectoryLock(const std::filesystem::path& directory) {
  const auto file = directory / ".lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) {
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: cannot write in this directory: {}; choose another output directory",
                              directory.string(), std::generic_category().message(errno)));
  }
  file_ = FileDescriptor(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      throw Failure(ExitCode::no_output,
                    fmt::format("{}: cannot lock this directory: {}; choose one on a file system with locks (flock)",
                                directory.string(), std::generic_category().message(errno)));
    }
    throw Failure(ExitCode::no_output,
                  fmt::format("{}: is in use by {}; wait until it ends or choose another output directory",
                              directory.string(), in_words(written_holder(file))));
  }
  const std::string holder = fmt::format("{} {}\n", ::getpid(), host_name());
  if (::ftruncate(fd, 0) != 0) fail_system(ExitCode::io, file, "cannot write", errno);
  write_at(file_, file, 0, holder.data(), holder.size());
}

std::optional<std::string> holder_of(const std::filesystem::path& directory) {
  const auto file = directory / ".lock";
  const auto holder = written_holder(file);
  if (holder.first.empty()) return std::nullopt;
  const bool is_held = holder.second == host_name() ? has_open(holder.first, file) : is_locked(file);
  if (!is_held) return std::nullopt;
  return in_words(holder);
}

}  // namespace fedtide
