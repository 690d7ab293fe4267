#include "sim/files/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "sim/base/error.h"
#include "sim/base/opened_files.h"

namespace fedtide {
namespace {

constexpr std::size_t kInputBuffer = std::size_t{1} << 18;
constexpr std::uint64_t kMostExpansion = 1032;  // deflate: 258 bytes in two bits
constexpr std::uint8_t kMagic[2] = {0x1f, 0x8b};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

struct ContentReader::State {
  std::string name;
  std::unique_ptr<std::FILE, CloseFile> file;  // null: all input is in `input`, or comes from `supply`
  Supply supply;
  std::uint64_t most = 0;  // of a supply
  std::vector<std::uint8_t> buffer;
  std::span<const std::uint8_t> input;  // read from the file, not used yet
  std::uint64_t file_size = 0;
  std::uint64_t offset = 0;
  std::uint32_t crc = 0;     // of what was given; packed: of the members before the one at hand
  std::uint64_t member = 0;  // bytes given of the member at hand
  bool packed = false;
  bool unpacked_all = false;
  z_stream inflater{};

  ~State() {
    if (packed) inflateEnd(&inflater);
  }

  void refill() {
    if (!input.empty()) return;
    if (supply) input = std::span(buffer).first(supply(buffer));
    if (!file) return;
    const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (got < buffer.size() && std::ferror(file.get()) != 0) {
      throw Failure(ExitCode::io, fmt::format("{}: cannot be read on: {}", name, std::strerror(errno)));
    }
    input = std::span(buffer).first(got);
  }

  void recognize() {
    refill();
    if (input.size() < 2 || input[0] != kMagic[0] || input[1] != kMagic[1]) return;
    if (inflateInit2(&inflater, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
    packed = true;
  }

  std::size_t copy(std::span<std::uint8_t> out) {
    refill();
    const std::size_t n = std::min(out.size(), input.size());
    std::copy_n(input.begin(), n, out.begin());
    input = input.subspan(n);
    return n;
  }

  [[noreturn]] void damaged(const ContentReader& reader, std::uint64_t at, const std::string& what) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", reader.place(at), what));
  }

  /// zlib computes the CRC of a member in any case.
  std::uint32_t packed_crc() const {
    const uLong own = member > 0 ? inflater.adler : ::crc32(0, nullptr, 0);
    return static_cast<std::uint32_t>(::crc32_combine(crc, own, static_cast<z_off_t>(member)));
  }

  /// The end of a member: another one may follow, and nothing else.
  void end_member(const ContentReader& reader, std::uint64_t at) {
    crc = packed_crc();
    member = 0;
    refill();
    if (input.empty()) {
      unpacked_all = true;
    } else if (input[0] == kMagic[0]) {
      inflateReset(&inflater);
    } else {
      damaged(reader, at,
              fmt::format("the gzip data end here, but the file goes on with the byte 0x{:02x}; must end too, or go on "
                          "with another gzip member (0x1f 0x8b)",
                          input[0]));
    }
  }

  std::size_t unpack(const ContentReader& reader, std::span<std::uint8_t> out) {
    std::size_t given = 0;
    while (given < out.size() && !unpacked_all) {
      refill();
      if (input.empty()) {
        damaged(reader, offset + given, "the file ends in the middle of its gzip data; is it cut off?");
      }
      constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
      const auto room = static_cast<uInt>(std::min(out.size() - given, kMost));
      const auto given_in = static_cast<uInt>(std::min(input.size(), kMost));
      inflater.next_in = const_cast<Bytef*>(input.data());  // zlib's interface is not const, its reading is
      inflater.avail_in = given_in;
      inflater.next_out = out.data() + given;
      inflater.avail_out = room;
      const int status = inflate(&inflater, Z_NO_FLUSH);
      input = input.subspan(given_in - inflater.avail_in);
      given += room - inflater.avail_out;
      member += room - inflater.avail_out;
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      if (status == Z_STREAM_END) {
        end_member(reader, offset + given);
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        damaged(reader, offset + given,
                fmt::format("damaged gzip data ({})", inflater.msg != nullptr ? inflater.msg : "zlib gives no reason"));
      }
    }
    return given;
  }
};

ContentReader::ContentReader(std::unique_ptr<State> state) : state_(std::move(state)) {
  if (!state_->supply) state_->recognize();
}
ContentReader::ContentReader(ContentReader&&) noexcept = default;
ContentReader::~ContentReader() = default;

ContentReader ContentReader::open(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    throw Failure(ExitCode::no_input, fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  }
  // Opening a pipe would wait for a writer.
  if (!S_ISREG(status.st_mode)) {
    throw Failure(ExitCode::no_input, fmt::format("{}: is not a regular file", path));
  }
  auto state = std::make_unique<State>();
  state->name = path;
  state->file.reset(std::fopen(path.c_str(), "rb"));
  if (!state->file || ::fstat(::fileno(state->file.get()), &status) != 0) {
    throw Failure(ExitCode::no_input, fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  }
  OpenedFiles::note(path);
  state->file_size = static_cast<std::uint64_t>(status.st_size);
  state->buffer.resize(kInputBuffer);
  return ContentReader(std::move(state));
}

ContentReader ContentReader::over(std::string name, std::span<const std::uint8_t> bytes) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->input = bytes;
  state->file_size = bytes.size();
  return ContentReader(std::move(state));
}

ContentReader ContentReader::from(std::string name, Supply supply, std::uint64_t most, std::uint64_t file_size) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->supply = std::move(supply);
  state->most = most;
  state->file_size = file_size;
  state->buffer.resize(kInputBuffer);
  return ContentReader(std::move(state));
}

std::size_t ContentReader::read(std::span<std::uint8_t> out) {
  std::size_t given = 0;
  if (state_->packed) {
    given = state_->unpack(*this, out);
  } else {
    for (std::size_t n = 1; given < out.size() && n > 0; given += n) n = state_->copy(out.subspan(given));
  }
  if (!state_->packed) state_->crc = static_cast<std::uint32_t>(::crc32_z(state_->crc, out.data(), given));
  state_->offset += given;
  return given;
}

std::uint64_t ContentReader::offset() const { return state_->offset; }
bool ContentReader::packed() const { return state_->packed || state_->supply; }
std::uint64_t ContentReader::file_size() const { return state_->file_size; }
std::uint32_t ContentReader::crc32() const { return state_->packed ? state_->packed_crc() : state_->crc; }
const std::string& ContentReader::name() const { return state_->name; }

std::uint64_t ContentReader::most_left() const {
  const std::uint64_t most = state_->supply   ? state_->most
                             : state_->packed ? state_->file_size * kMostExpansion
                                              : state_->file_size;
  return most > state_->offset ? most - state_->offset : 0;
}

std::string ContentReader::place(std::uint64_t offset) const {
  return fmt::format("{}: byte {}{}", state_->name, offset, packed() ? " (unpacked)" : "");
}

}  // namespace fedtide
