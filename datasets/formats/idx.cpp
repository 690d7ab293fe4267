#include "datasets/formats/idx.h"

#include <algorithm>
#include <array>
#include <span>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr std::uint64_t kFirstStep = std::uint64_t{1} << 20;

[[noreturn]] void damaged(const ContentReader& content, std::uint64_t at, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content.place(at), what));
}

std::string type_name(std::uint8_t type) {
  switch (type) {
    case 0x08:
      return "unsigned bytes";
    case 0x09:
      return "signed bytes";
    case 0x0b:
      return "16-bit integers";
    case 0x0c:
      return "32-bit integers";
    case 0x0d:
      return "32-bit floats";
    case 0x0e:
      return "64-bit floats";
    default:
      return "no type of idx";
  }
}

std::string product_text(const std::vector<std::uint32_t>& dims) { return fmt::format("{}", fmt::join(dims, " x ")); }

void read_header_bytes(ContentReader& content, std::span<std::uint8_t> out) {
  const std::uint64_t end = content.offset() + out.size();
  if (content.read(out) < out.size()) {
    damaged(content, content.offset(),
            fmt::format("the file ends inside the idx header, which must reach to byte {}", end));
  }
}

void check_magic(const ContentReader& content, const std::array<std::uint8_t, 4>& magic, std::size_t dims) {
  if (magic[0] != 0 || magic[1] != 0) {
    damaged(content, 0, fmt::format("found 0x{:02x} 0x{:02x}, must be 0x00 0x00: not an idx file", magic[0], magic[1]));
  }
  if (magic[2] != kUnsignedByte) {
    damaged(content, 2,
            fmt::format("found type 0x{:02x} ({}), must be 0x08 (unsigned bytes)", magic[2], type_name(magic[2])));
  }
  if (magic[3] != dims) {
    damaged(content, 3,
            fmt::format("found {} dimension{}, must be {} ({})", magic[3], magic[3] == 1 ? "" : "s", dims,
                        dims == 1 ? "labels" : "images: count, height, width"));
  }
}

/// The header's promise against what the file can hold: what makes a lie cheap.
void check_length(const ContentReader& content, const IdxHeader& header) {
  const std::uint64_t left = content.most_left();
  const std::string promise = fmt::format("the header promises {} = {} bytes after byte {}", product_text(header.dims),
                                          header.values, header.bytes());
  if (content.packed()) {
    if (header.values > left) {
      damaged(content, 4, fmt::format("{}, more than a gzip file of {} bytes can hold", promise, content.file_size()));
    }
  } else if (header.values != left) {
    damaged(content, 4, fmt::format("{}, the file has {}", promise, left));
  }
}

}  // namespace

IdxHeader read_idx_header(ContentReader& content, std::size_t dims) {
  std::array<std::uint8_t, 4> magic{};
  read_header_bytes(content, magic);
  check_magic(content, magic, dims);

  IdxHeader header;
  header.values = 1;
  for (std::size_t i = 0; i < dims; ++i) {
    std::array<std::uint8_t, 4> b{};
    const std::uint64_t at = content.offset();
    read_header_bytes(content, b);
    const std::uint32_t dim = static_cast<std::uint32_t>(b[0]) << 24 | static_cast<std::uint32_t>(b[1]) << 16 |
                              static_cast<std::uint32_t>(b[2]) << 8 | b[3];
    if (dim == 0) damaged(content, at, fmt::format("dimension {} of {} is 0, must be at least 1", i + 1, dims));
    header.dims.push_back(dim);
    if (__builtin_mul_overflow(header.values, std::uint64_t{dim}, &header.values)) {
      damaged(content, 4,
              fmt::format("the header promises {} bytes, which is more than 2^64", product_text(header.dims)));
    }
  }
  check_length(content, header);
  return header;
}

std::vector<std::uint8_t> read_idx_values(ContentReader& content, const IdxHeader& header) {
  std::vector<std::uint8_t> values;
  // A plain file's length has been checked; a packed one may still end early, so memory follows what has come.
  std::uint64_t step = content.packed() ? kFirstStep : header.values;
  while (values.size() < header.values) {
    const std::uint64_t have = values.size();
    const std::uint64_t want = std::min(header.values, have + step);
    values.reserve(want);
    values.resize(want);
    const std::size_t got = content.read(std::span(values).subspan(have));
    if (have + got < want) {
      damaged(content, content.offset(),
              fmt::format("the content ends here, the header promises {} = {} bytes after byte {}",
                          product_text(header.dims), header.values, header.bytes()));
    }
    step = want;
  }
  std::uint8_t extra = 0;
  const std::uint64_t end = content.offset();
  if (content.read(std::span(&extra, 1)) != 0) {
    damaged(content, end,
            fmt::format("the content goes on with 0x{:02x}, must end here: the header promises {} = {} bytes after "
                        "byte {}",
                        extra, product_text(header.dims), header.values, header.bytes()));
  }
  return values;
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
