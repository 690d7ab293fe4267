#pragma once
// Files by descriptor: every short write, interrupted call and error is dealt with here, once.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sim/base/advice.h"
#include "sim/base/error.h"

namespace fedtide {

/// Owns a file descriptor; closes it without looking at errors (call `sync_file` first where they matter).
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

/// "<path>: <what>: <reason of the system>", with advice where the reason has a cure (disk full, file too large).
[[noreturn]] void fail_system(ExitCode code, const std::filesystem::path& path, std::string_view what, int error);

/// `open(2)` that fails with `code`; O_CLOEXEC is added.
FileDescriptor open_file(const std::filesystem::path& path, int flags, ExitCode code);

/// Appends (or writes at the descriptor's position) all bytes, normally with one `write(2)`. Errors: Failure(io).
void write_all(const FileDescriptor& file, const std::filesystem::path& path, std::string_view bytes);
/// Writes all bytes at `offset`. Errors: Failure(io).
void write_at(const FileDescriptor& file, const std::filesystem::path& path, std::int64_t offset, const void* bytes,
              std::size_t count);
/// Reads exactly `count` bytes at `offset`; a file that ends early is a Failure(io).
void read_at(const FileDescriptor& file, const std::filesystem::path& path, std::int64_t offset, void* bytes,
             std::size_t count);
/// Forces content and size to the disk. Errors: Failure(io).
void sync_file(const FileDescriptor& file, const std::filesystem::path& path);
/// Forces the names in a folder to the disk. Errors: Failure(io).
void sync_folder(const std::filesystem::path& folder);
/// A whole small file as text. Errors: Failure(no_input).
std::string read_text(const std::filesystem::path& path);

}  // namespace fedtide
