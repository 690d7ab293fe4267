#include "datasets/formats/idx.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "sim/base/error.h"

namespace fedtide {
namespace {

[[noreturn]] void damaged(const ContentReader& content, std::uint64_t at, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content.place(at), what));
}

const char* type_name(std::uint8_t type) {
  switch (static_cast<IdxType>(type)) {
    case IdxType::u8:
      return "unsigned bytes";
    case IdxType::i8:
      return "signed bytes";
    case IdxType::i16:
      return "16-bit integers";
    case IdxType::i32:
      return "32-bit integers";
    case IdxType::f32:
      return "32-bit floats";
    case IdxType::f64:
      return "64-bit floats";
  }
  return "no type of idx";
}

std::uint64_t size_of(IdxType type) {
  switch (type) {
    case IdxType::u8:
    case IdxType::i8:
      return 1;
    case IdxType::i16:
      return 2;
    case IdxType::i32:
    case IdxType::f32:
      return 4;
    case IdxType::f64:
      break;
  }
  return 8;
}

std::string product_text(const std::vector<std::uint32_t>& dims) { return fmt::format("{}", fmt::join(dims, " x ")); }

void read_header_bytes(ContentReader& content, std::span<std::uint8_t> out) {
  const std::uint64_t end = content.offset() + out.size();
  if (content.read(out) < out.size()) {
    damaged(content, content.offset(),
            fmt::format("the file ends inside the idx header, which must reach to byte {}", end));
  }
}

void check_magic(const ContentReader& content, const std::array<std::uint8_t, 4>& magic) {
  if (magic[0] != 0 || magic[1] != 0) {
    damaged(content, 0, fmt::format("found 0x{:02x} 0x{:02x}, must be 0x00 0x00: not an idx file", magic[0], magic[1]));
  }
}

void check_bytes(const ContentReader& content, const std::array<std::uint8_t, 4>& magic, std::size_t dims) {
  if (static_cast<IdxType>(magic[2]) != IdxType::u8) {
    damaged(content, 2,
            fmt::format("found type 0x{:02x} ({}), must be 0x08 (unsigned bytes)", magic[2], type_name(magic[2])));
  }
  if (magic[3] != dims) {
    damaged(content, 3,
            fmt::format("found {} dimension{}, must be {} ({})", magic[3], magic[3] == 1 ? "" : "s", dims,
                        dims == 1 ? "labels" : "images: count, height, width"));
  }
}

void check_any(const ContentReader& content, const std::array<std::uint8_t, 4>& magic) {
  if (magic[2] < 0x08 || magic[2] == 0x0a || magic[2] > 0x0e) {
    damaged(content, 2, fmt::format("found type 0x{:02x}, must be 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e", magic[2]));
  }
  if (magic[3] == 0) damaged(content, 3, "found 0 dimensions, must be at least 1");
}

/// "the header promises 3 x 8 = 24 bytes after byte 12", of larger values "3 x 8 values of 4 = 96 bytes".
std::string promise_of(const IdxHeader& header) {
  const std::uint64_t size = size_of(header.type);
  return fmt::format("the header promises {}{} = {} bytes after byte {}", product_text(header.dims),
                     size == 1 ? "" : fmt::format(" values of {}", size), header.values * size, header.bytes());
}

/// The header's promise against what the file can hold: what makes a lie cheap.
void check_length(const ContentReader& content, const IdxHeader& header) {
  const std::uint64_t left = content.most_left();
  const std::uint64_t bytes = header.values * size_of(header.type);
  if (content.packed()) {
    if (bytes > left) {
      damaged(content, 4,
              fmt::format("{}, more than a gzip file of {} bytes can hold", promise_of(header), content.file_size()));
    }
  } else if (bytes != left) {
    damaged(content, 4, fmt::format("{}, the file has {}", promise_of(header), left));
  }
}

/// `bytes_of` so many dimensions, or without it of any type and any number of them.
IdxHeader read_header(ContentReader& content, std::optional<std::size_t> bytes_of) {
  std::array<std::uint8_t, 4> magic{};
  read_header_bytes(content, magic);
  check_magic(content, magic);
  if (bytes_of) {
    check_bytes(content, magic, *bytes_of);
  } else {
    check_any(content, magic);
  }
  IdxHeader header;
  header.type = static_cast<IdxType>(magic[2]);
  std::uint64_t bytes = size_of(header.type);
  for (std::size_t i = 0; i < magic[3]; ++i) {
    std::array<std::uint8_t, 4> b{};
    const std::uint64_t at = content.offset();
    read_header_bytes(content, b);
    const std::uint32_t dim = static_cast<std::uint32_t>(b[0]) << 24 | static_cast<std::uint32_t>(b[1]) << 16 |
                              static_cast<std::uint32_t>(b[2]) << 8 | b[3];
    if (dim == 0) damaged(content, at, fmt::format("dimension {} of {} is 0, must be at least 1", i + 1, magic[3]));
    header.dims.push_back(dim);
    if (__builtin_mul_overflow(bytes, std::uint64_t{dim}, &bytes)) {
      damaged(content, 4,
              fmt::format("the header promises {} bytes, which is more than 2^64", product_text(header.dims)));
    }
  }
  header.values = bytes / size_of(header.type);
  check_length(content, header);
  return header;
}

template <class T>
std::vector<T> read_all_values(ContentReader& content, const IdxHeader& header) {
  std::vector<T> values = read_values<T>(content, header.values);
  if (values.size() < header.values) {
    damaged(content, content.offset(), "the content ends here, " + promise_of(header));
  }
  std::uint8_t extra = 0;
  const std::uint64_t end = content.offset();
  if (content.read(std::span(&extra, 1)) != 0) {
    damaged(content, end,
            fmt::format("the content goes on with 0x{:02x}, must end here: {}", extra, promise_of(header)));
  }
  if constexpr (std::endian::native == std::endian::little) swap_bytes(std::span(values));
  return values;
}

ArrayValues read_typed(ContentReader& content, const IdxHeader& header) {
  switch (header.type) {
    case IdxType::u8:
      return read_all_values<std::uint8_t>(content, header);
    case IdxType::i8:
      return read_all_values<std::int8_t>(content, header);
    case IdxType::i16:
      return read_all_values<std::int16_t>(content, header);
    case IdxType::i32:
      return read_all_values<std::int32_t>(content, header);
    case IdxType::f32:
      return read_all_values<float>(content, header);
    case IdxType::f64:
      break;
  }
  return read_all_values<double>(content, header);
}

}  // namespace

IdxHeader read_idx_header(ContentReader& content, std::size_t dims) { return read_header(content, dims); }

std::vector<std::uint8_t> read_idx_values(ContentReader& content, const IdxHeader& header) {
  FEDTIDE_REQUIRE(header.type == IdxType::u8, "bytes of a file of {}",
                  type_name(static_cast<std::uint8_t>(header.type)));
  return read_all_values<std::uint8_t>(content, header);
}

Array read_idx(ContentReader content) {
  const IdxHeader header = read_header(content, std::nullopt);
  Array array{content.name(), {header.dims.begin(), header.dims.end()}, read_typed(content, header), 0, false};
  array.crc32 = content.crc32();
  return array;
}

IdxLabels read_idx_labels(ContentReader content, int classes) {
  const IdxHeader header = read_idx_header(content, 1);
  const std::vector<std::uint8_t> values = read_idx_values(content, header);
  const auto bad = std::find_if(values.begin(), values.end(), [classes](std::uint8_t v) { return v >= classes; });
  if (bad != values.end()) {
    damaged(content, header.bytes() + static_cast<std::uint64_t>(bad - values.begin()),
            fmt::format("label {}, must be 0 to {}", *bad, classes - 1));
  }
  return {std::vector<std::int32_t>(values.begin(), values.end()), content.crc32()};
}

IdxImages read_idx_images(ContentReader content, std::size_t labels, const std::string& labels_file) {
  const IdxHeader header = read_idx_header(content, 3);
  if (header.dims[0] != labels) {
    damaged(content, 4, fmt::format("{} images, but {} has {} labels", header.dims[0], labels_file, labels));
  }
  IdxImages images{header.dims[0], header.dims[1], header.dims[2], read_idx_values(content, header), 0};
  images.crc32 = content.crc32();
  return images;
}

}  // namespace fedtide
