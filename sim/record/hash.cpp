#include "sim/record/hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
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

FileHash hash_file(const std::filesystem::path& path) {
  const FileDescriptor file = open_file(path, O_RDONLY, ExitCode::no_input);
  Hasher hasher;
  FileHash result;
  std::vector<char> block(1 << 20);
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(ExitCode::io, path, "cannot read", errno);
    if (got == 0) break;
    hasher.add(block.data(), static_cast<std::size_t>(got));
    result.bytes += static_cast<std::uint64_t>(got);
  }
  result.hex = hasher.hex();
  return result;
}

}  // namespace fedtide
