#include "sim/record/checkpoint_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sim/record/atomic_file.h"
#include "sim/record/checkpoint_page.h"
#include "sim/record/hash.h"
#include "sim/record/posix_file.h"

namespace fedtide {
namespace {

constexpr std::string_view kMagic("fedtide\x01", 8);
constexpr std::uint32_t kFormat = 1;
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::size_t kHashDigits = 32;
constexpr std::size_t kSealDigits = 16;
constexpr std::size_t kSealed = kMagic.size() + 4 + 4 + 8 + kHashDigits;
constexpr std::size_t kHeader = kSealed + kSealDigits;

std::string header_of(std::uint64_t bytes, const Hasher& content) {
  std::string header(kMagic);
  const auto put = [&](const auto& value) { header.append(reinterpret_cast<const char*>(&value), sizeof value); };
  put(kFormat), put(kByteOrder), put(bytes);
  header += content.hex();
  return header + hash_text(header).substr(0, kSealDigits);
}

/// The bytes of the content, after all that the header tells has been checked.
std::uint64_t check_header(const FileDescriptor& file, const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& why) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", path.string(), why));
  };
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  if (size < 0) fail_system(ExitCode::io, path, "cannot read", errno);
  const auto bytes = static_cast<std::uint64_t>(size);
  std::string header(std::min<std::uint64_t>(bytes, kHeader), '\0');
  read_at(file, path, 0, header.data(), header.size());
  if (header.substr(0, kMagic.size()) != kMagic.substr(0, header.size())) refuse("is no checkpoint of fedtide");
  if (header.size() < kHeader) refuse(fmt::format("is cut off: has {} bytes, {} are needed at least", bytes, kHeader));
  std::uint32_t format = 0, order = 0;
  std::uint64_t content = 0;
  std::memcpy(&format, header.data() + kMagic.size(), sizeof format);
  std::memcpy(&order, header.data() + kMagic.size() + 4, sizeof order);
  std::memcpy(&content, header.data() + kMagic.size() + 8, sizeof content);
  if (header.substr(kSealed) != hash_text(header.substr(0, kSealed)).substr(0, kSealDigits)) {
    refuse("is damaged: its header does not have its own hash");
  }
  if (order != kByteOrder) refuse("was written on a machine with another byte order; continue there");
  if (format != kFormat) {
    throw NewerCheckpoint(ExitCode::data_damaged,
                          fmt::format("{}: has format {}, this program reads {}: go on with the program that wrote it",
                                      path.string(), format, kFormat));
  }
  if (bytes - kHeader != content) {
    refuse(fmt::format("is {}: its content has {} bytes, its header says {}",
                       bytes - kHeader < content ? "cut off" : "damaged", bytes - kHeader, content));
  }
  Hasher hasher;
  std::string block;
  for (std::uint64_t begin = kHeader; begin < bytes; begin += block.size()) {
    block.resize(std::min<std::uint64_t>(bytes - begin, 1 << 20));
    read_at(file, path, static_cast<std::int64_t>(begin), block.data(), block.size());
    hasher.add(block);
  }
  const std::string_view said = std::string_view(header).substr(kSealed - kHashDigits, kHashDigits);
  if (hasher.hex() != said) {
    refuse(fmt::format("is damaged: its content has the hash {}, its header says {}", hasher.hex(), said));
  }
  return content;
}

}  // namespace

std::filesystem::path checkpoint_path(const std::filesystem::path& run) { return run / "checkpoint"; }
std::filesystem::path previous_checkpoint_path(const std::filesystem::path& run) { return run / "checkpoint.prev"; }
std::filesystem::path checkpoint_rows_path(const std::filesystem::path& run) { return run / "checkpoint.rows"; }

void write_checkpoint(const std::filesystem::path& run, const Checkpoint& checkpoint) {
  const CheckpointPage page = page_of(checkpoint);
  const std::uint64_t page_bytes = page.text.size();
  std::vector<std::string_view> pieces = {{reinterpret_cast<const char*>(&page_bytes), sizeof page_bytes}, page.text};
  pieces.insert(pieces.end(), page.vectors.begin(), page.vectors.end());
  Hasher hasher;
  std::uint64_t bytes = 0;
  for (const std::string_view piece : pieces) {
    hasher.add(piece);
    bytes += piece.size();
  }
  AtomicFile file(checkpoint_path(run));
  {
    const FileDescriptor out = open_file(file.temporary(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, ExitCode::io);
    write_all(out, file.temporary(), header_of(bytes, hasher));
    for (const std::string_view piece : pieces) write_all(out, file.temporary(), piece);
    sync_file(out, file.temporary());
  }
  // Only now, when the next one is on the disk: there is always one that is whole.
  if (std::rename(checkpoint_path(run).c_str(), previous_checkpoint_path(run).c_str()) != 0 && errno != ENOENT) {
    fail_system(ExitCode::io, checkpoint_path(run), "cannot rename to checkpoint.prev", errno);
  }
  file.commit();
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const FileDescriptor file = open_file(path, O_RDONLY | O_NOFOLLOW, ExitCode::no_input);
  const std::uint64_t content = check_header(file, path);
  return parse_page(file, path, kHeader, content);
}

void remove_checkpoints(const std::filesystem::path& run) {
  for (const auto& path : {checkpoint_path(run), previous_checkpoint_path(run), checkpoint_rows_path(run)}) {
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) fail_system(ExitCode::io, path, "cannot remove", error.value());
  }
}

}  // namespace fedtide
