#include "sim/record/hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <vector>

#include "sim/record/posix_file.h"

namespace fedtide {

struct Hasher::State {
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> xxh{XXH3_createState()};
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  FEDTIDE_REQUIRE(state_->xxh != nullptr && XXH3_128bits_reset(state_->xxh.get()) == XXH_OK, "no memory for a hash");
}

Hasher::~Hasher() = default;

void Hasher::add(const void* bytes, std::size_t count) {
  if (count > 0) XXH3_128bits_update(state_->xxh.get(), bytes, count);
}

std::string Hasher::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string hash_text(std::string_view text) {
  Hasher hasher;
  hasher.add(text);
  return hasher.hex();
}

namespace {

constexpr std::string_view kSealStart = "\nfedtide xxh3-128 ";
constexpr std::size_t kSealBytes = kSealStart.size() + 32 + 1;

std::string seal_of(const Hasher& hasher) { return std::string(kSealStart) + hasher.hex() + "\n"; }

/// Adds up to `limit` bytes from the start of a file; returns how many there were.
std::uint64_t add_file(Hasher& hasher, const FileDescriptor& file, const std::filesystem::path& path,
                       std::uint64_t limit) {
  std::vector<char> block(1 << 20);
  std::uint64_t total = 0;
  while (total < limit) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), limit - total));
    const ssize_t got = ::pread(file.get(), block.data(), want, static_cast<off_t>(total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(ExitCode::io, path, "cannot read", errno);
    if (got == 0) break;
    hasher.add(block.data(), static_cast<std::size_t>(got));
    total += static_cast<std::uint64_t>(got);
  }
  return total;
}

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

}  // namespace

FileHash hash_file(const std::filesystem::path& path) {
  const FileDescriptor file = open_file(path, O_RDONLY, ExitCode::no_input);
  Hasher hasher;
  const std::uint64_t bytes = add_file(hasher, file, path, kAll);
  return {bytes, hasher.hex()};
}

FileHash seal_file(const std::filesystem::path& path) {
  const FileDescriptor file = open_file(path, O_RDWR, ExitCode::io);
  Hasher hasher;
  const std::uint64_t bytes = add_file(hasher, file, path, kAll);
  const std::string seal = seal_of(hasher);
  write_at(file, path, static_cast<std::int64_t>(bytes), seal.data(), seal.size());
  hasher.add(seal);
  return {bytes + seal.size(), hasher.hex()};
}

void require_sealed(const std::filesystem::path& path) {
  const FileDescriptor file = open_file(path, O_RDONLY, ExitCode::no_input);
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  std::string seal(kSealBytes, '\0');
  const off_t begin = size - static_cast<off_t>(kSealBytes);
  if (begin >= 0) read_at(file, path, begin, seal.data(), seal.size());
  if (!seal.starts_with(kSealStart)) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: has no hash at its end: it is cut off, or no file of fedtide as it was written",
                              path.string()));
  }
  Hasher hasher;
  add_file(hasher, file, path, static_cast<std::uint64_t>(begin));
  if (seal_of(hasher) != seal) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: is damaged: its content has the hash {}, its last line says {}", path.string(),
                              hasher.hex(), seal.substr(kSealStart.size(), 32)));
  }
}

}  // namespace fedtide
