#include "sim/record/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "sim/record/posix_file.h"

namespace fedtide {

namespace {

// Long and hidden, so that cleaning up never takes a file of the user.
constexpr std::string_view kPrefix = ".fedtide-partial-";

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  temporary_ = folder_of(target_) / (std::string(kPrefix) + target_.filename().string());
}

AtomicFile::~AtomicFile() {
  if (!committed_) ::unlink(temporary_.c_str());
}

void AtomicFile::commit() {
  sync_file(open_file(temporary_, O_RDONLY, ExitCode::io), temporary_);
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) {
    fail_system(ExitCode::io, target_, "cannot rename the finished file to this name", errno);
  }
  committed_ = true;
  sync_folder(folder_of(target_));
}

void write_atomically(const std::filesystem::path& target, std::string_view text) {
  AtomicFile file(target);
  // O_NOFOLLOW: a link planted under the temporary name must not lead the write elsewhere.
  write_all(open_file(file.temporary(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, ExitCode::io), file.temporary(),
            text);
  file.commit();
}

void remove_stale_temporaries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> stale;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with(kPrefix)) stale.push_back(it->path());
  }
  if (error) fail_system(ExitCode::io, folder, "cannot list", error.value());
  for (const auto& path : stale) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_system(ExitCode::io, path, "cannot remove", errno);
  }
}

}  // namespace fedtide
