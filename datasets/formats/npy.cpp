#include "datasets/formats/npy.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "datasets/formats/npy_header.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

[[noreturn]] void damaged(const ContentReader& content, std::uint64_t at, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content.place(at), what));
}

/// IEEE 754 binary16.
float from_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  float value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return (half & 0x8000) != 0 ? -value : value;
}

/// From the first index running fastest to the last one.
template <class T>
std::vector<T> to_c_order(const std::vector<T>& values, const std::vector<std::uint64_t>& shape) {
  std::vector<T> out;
  out.reserve(values.size());
  std::vector<std::uint64_t> stride(shape.size(), 1), index(shape.size(), 0);
  for (std::size_t d = 1; d < shape.size(); ++d) stride[d] = stride[d - 1] * shape[d - 1];
  std::uint64_t from = 0;
  while (out.size() < values.size()) {
    out.push_back(values[from]);
    for (std::size_t d = shape.size(); d-- > 0;) {
      from += stride[d];
      if (++index[d] < shape[d]) break;
      from -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}

template <class T>
std::vector<T> read_typed(ContentReader& content, const NpyHeader& header) {
  std::vector<T> values = read_values<T>(content, header.values);
  if (values.size() < header.values) {
    damaged(content, content.offset(),
            fmt::format("the content ends here, the header promises {} values, there are {}", header.values,
                        values.size()));
  }
  std::uint8_t extra = 0;
  const std::uint64_t end = content.offset();
  if (content.read(std::span(&extra, 1)) != 0) {
    damaged(content, end,
            fmt::format("the content goes on with 0x{:02x}, must end here: the header promises {} values", extra,
                        header.values));
  }
  if ((header.order == '>') == (std::endian::native == std::endian::little)) swap_bytes(std::span(values));
  return header.fortran_order && header.shape.size() > 1 ? to_c_order(values, header.shape) : std::move(values);
}

template <class To, class From>
std::vector<To> converted(const std::vector<From>& values) {
  return std::vector<To>(values.begin(), values.end());
}

ArrayValues read_booleans(ContentReader& content, const NpyHeader& header) {
  std::vector<std::uint8_t> values = read_typed<std::uint8_t>(content, header);
  for (const std::uint8_t value : values) {
    if (value > 1) damaged(content, header.bytes, fmt::format("a boolean of {}, must be 0 or 1", value));
  }
  return values;
}

ArrayValues read_u8(ContentReader& content, const NpyHeader& header) {
  const std::vector<std::uint64_t> values = read_typed<std::uint64_t>(content, header);
  for (const std::uint64_t value : values) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      damaged(content, header.bytes, fmt::format("the value {} is more than 2^63 - 1", value));
    }
  }
  return converted<std::int64_t>(values);
}

ArrayValues read_floats(ContentReader& content, const NpyHeader& header) {
  if (header.size == 4) return read_typed<float>(content, header);
  if (header.size == 8) return read_typed<double>(content, header);
  std::vector<float> values;
  for (const std::uint16_t half : read_typed<std::uint16_t>(content, header)) values.push_back(from_half(half));
  return values;
}

ArrayValues read_numbers(ContentReader& content, const NpyHeader& header) {
  if (header.kind == 'b') return read_booleans(content, header);
  if (header.kind == 'f') return read_floats(content, header);
  const bool sign = header.kind == 'i';
  switch (header.size) {
    case 1:
      if (sign) return read_typed<std::int8_t>(content, header);
      return read_typed<std::uint8_t>(content, header);
    case 2:
      if (sign) return read_typed<std::int16_t>(content, header);
      return converted<std::int32_t>(read_typed<std::uint16_t>(content, header));
    case 4:
      if (sign) return read_typed<std::int32_t>(content, header);
      return converted<std::int64_t>(read_typed<std::uint32_t>(content, header));
    default:
      if (sign) return read_typed<std::int64_t>(content, header);
      return read_u8(content, header);
  }
}

}  // namespace

Array read_npy(ContentReader content) {
  const NpyHeader header = read_npy_header(content);
  Array array{content.name(), header.shape, read_numbers(content, header), 0, header.kind == 'b'};
  array.crc32 = content.crc32();
  return array;
}

}  // namespace fedtide
