#include "datasets/cache/cache_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "datasets/cache/packed.h"
#include "sim/base/advice.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = std::size_t{1} << 18;

CacheDigest parts(const XXH128_hash_t& hash) { return {hash.low64, hash.high64}; }

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
File open_to_read(const std::string& path) { return {std::fopen(path.c_str(), "rbe"), std::fclose}; }

[[noreturn]] void fail(ExitCode code, const std::string& path, const char* what) {
  const int error = errno;
  throw Failure(code, fmt::format("{}: {}: {}{}", path, what, std::strerror(error), advice(error)));
}

/// A file under a temporary name, which goes away unless it is renamed.
class Temporary {
 public:
  explicit Temporary(const std::string& target) : name_(target + ".XXXXXX"), fd_(::mkostemp(name_.data(), O_CLOEXEC)) {
    if (fd_ < 0) fail(ExitCode::no_output, name_, "cannot be created");
  }
  ~Temporary() {
    if (fd_ >= 0) ::close(fd_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) fail(ExitCode::io, name_, "cannot be written");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void rename_to(const std::string& target) {
    if (::fsync(fd_) != 0) fail(ExitCode::io, name_, "cannot be forced to disk");
    if (::rename(name_.c_str(), target.c_str()) != 0) fail(ExitCode::io, target, "cannot get its name");
    name_.clear();
    // Without its folder on the disk the name may be lost, and the cache with it: no harm.
  }

 private:
  std::string name_;
  int fd_;
};

}  // namespace

CacheDigest digest_of(std::string_view bytes) { return parts(XXH3_128bits(bytes.data(), bytes.size())); }

std::string to_hex(const CacheDigest& digest) { return fmt::format("{:016x}{:016x}", digest[1], digest[0]); }

std::optional<CacheDigest> digest_of_file(const std::string& path) {
  const File file = open_to_read(path);
  if (!file) return std::nullopt;
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  FEDTIDE_REQUIRE(state && XXH3_128bits_reset(state.get()) == XXH_OK, "no memory for a digest");
  std::vector<char> block(kBlock);
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
    XXH3_128bits_update(state.get(), block.data(), count);
  }
  if (std::ferror(file.get())) return std::nullopt;
  return parts(XXH3_128bits_digest(state.get()));
}

std::string cache_folder() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  if (xdg != nullptr && xdg[0] == '/') return (fs::path(xdg) / "fedtide").string();  // a relative one is to be ignored
  const char* home = std::getenv("HOME");
  return home != nullptr && home[0] != '\0' ? (fs::path(home) / ".cache/fedtide").string() : "";
}

CacheContent read_cache_file(const std::string& path, std::string_view heading) {
  CacheContent content;
  const File file = open_to_read(path);
  if (!file) return content;
  content.exists = true;
  std::string bytes;
  std::error_code ignored;
  if (const auto size = fs::file_size(path, ignored); !ignored) bytes.reserve(size);
  std::vector<char> block(kBlock);
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
    bytes.append(block.data(), count);
  }
  if (std::ferror(file.get())) content.damage = "cannot be read";
  if (!bytes.starts_with(heading)) content.damage = "does not begin as a cache of this version does";
  if (!content.damage.empty()) return content;
  Unpacker header(std::string_view(bytes).substr(heading.size()));
  const std::uint64_t length = header.number();
  CacheDigest digest{};
  for (std::uint64_t& part : digest) part = header.number();
  const std::size_t begin = heading.size() + 3 * sizeof(std::uint64_t);
  if (!header.good() || length != bytes.size() - begin) {
    content.damage = "is cut off, or longer than it says";
  } else if (bytes.erase(0, begin); digest_of(bytes) != digest) {
    content.damage = "has another check sum than when it was written";
  } else {
    content.payload = std::move(bytes);
  }
  return content;
}

void write_cache_file(const std::string& path, std::string_view heading, std::string_view payload) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) {
    throw Failure(ExitCode::no_output, fmt::format("{}: cannot make this folder for a cache: {}",
                                                   fs::path(path).parent_path().string(), error.message()));
  }
  Packer header;
  header.put(std::uint64_t{payload.size()});
  for (const std::uint64_t part : digest_of(payload)) header.put(part);
  Temporary file(path);
  file.write(heading);
  file.write(header.bytes());
  file.write(payload);
  file.rename_to(path);
}

}  // namespace fedtide
