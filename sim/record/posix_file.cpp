#include "sim/record/posix_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace fedtide {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

void fail_system(ExitCode code, const std::filesystem::path& path, std::string_view what, int error) {
  throw Failure(
      code, fmt::format("{}: {}: {}{}", path.string(), what, std::generic_category().message(error), advice(error)));
}

FileDescriptor open_file(const std::filesystem::path& path, int flags, ExitCode code) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) fail_system(code, path, (flags & O_CREAT) != 0 ? "cannot create" : "cannot open", errno);
  return FileDescriptor(fd);
}

void write_all(const FileDescriptor& file, const std::filesystem::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_system(ExitCode::io, path, "cannot write", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_at(const FileDescriptor& file, const std::filesystem::path& path, std::int64_t offset, const void* bytes,
              std::size_t count) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::pwrite(file.get(), next, count, offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_system(ExitCode::io, path, "cannot write", errno);
    }
    next += written;
    offset += written;
    count -= static_cast<std::size_t>(written);
  }
}

void read_at(const FileDescriptor& file, const std::filesystem::path& path, std::int64_t offset, void* bytes,
             std::size_t count) {
  char* next = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t got = ::pread(file.get(), next, count, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(ExitCode::io, path, "cannot read", errno);
    if (got == 0) {
      throw Failure(ExitCode::io, fmt::format("{}: cannot read: ends at byte {}, {} bytes early; was it changed by "
                                              "another program?",
                                              path.string(), offset, count));
    }
    next += got;
    offset += got;
    count -= static_cast<std::size_t>(got);
  }
}

void sync_file(const FileDescriptor& file, const std::filesystem::path& path) {
  if (::fsync(file.get()) != 0) fail_system(ExitCode::io, path, "cannot force to disk", errno);
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor fd = open_file(folder, O_RDONLY | O_DIRECTORY, ExitCode::io);
  // EINVAL: this kind of file system has no fsync for folders; it is no error of the disk.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) fail_system(ExitCode::io, folder, "cannot force to disk", errno);
}

std::string read_text(const std::filesystem::path& path) {
  const FileDescriptor file = open_file(path, O_RDONLY, ExitCode::no_input);
  std::string text;
  char block[16384];
  for (;;) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(ExitCode::no_input, path, "cannot read", errno);
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
  }
}

}  // namespace fedtide
