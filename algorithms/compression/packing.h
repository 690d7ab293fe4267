#pragma once
// Codes of a few bits, packed into bytes.
//
// A width is cut into parts of 8, 4, 2 and 1 bits (7 = 4 + 2 + 1). Of a part of w bits, 8 / w codes share a byte, and
// these lie a stride apart: byte j holds the codes j, j + stride, j + 2 stride, .. So both ways are loops over bytes
// with nothing between them; eight are taken at a time as one word, since there are no vector shifts of bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace fedtide {

/// Scratch for n codes has room for so many more: whole strides are written.
inline constexpr std::size_t kCodesBeyond = 8;

namespace packing {

inline std::uint64_t load(const std::uint8_t* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}
inline void store(std::uint8_t* to, std::uint64_t word) { std::memcpy(to, &word, sizeof word); }

template <int kWidth>
constexpr std::uint64_t low_bits() {
  return ((std::uint64_t{1} << kWidth) - 1) * 0x0101010101010101u;
}

template <int kWidth>
constexpr std::size_t stride(std::size_t n) {
  return (n + 8 / kWidth - 1) / (8 / kWidth);
}

/// Bits [kShift, kShift + kWidth) of each code.
template <int kWidth, int kShift>
void pack_part(const std::uint8_t* __restrict codes, std::size_t n, std::uint8_t* __restrict to) {
  const std::size_t step = stride<kWidth>(n);
  const auto gather = [&](const auto& at) {
    std::uint64_t word = 0;
    for (int p = 0; p < 8 / kWidth; ++p) {
      word |= ((at(static_cast<std::size_t>(p) * step) >> kShift) & low_bits<kWidth>()) << (p * kWidth);
    }
    return word;
  };
  std::size_t j = 0;
  for (; j + 8 <= step; j += 8) {
    store(to + j, gather([&](std::size_t offset) { return load(codes + offset + j); }));
  }
  for (; j < step; ++j) {
    to[j] = static_cast<std::uint8_t>(gather([&](std::size_t offset) { return std::uint64_t{codes[offset + j]}; }));
  }
}

template <int kWidth, int kShift>
void unpack_part(const std::uint8_t* __restrict from, std::size_t n, std::uint8_t* __restrict codes) {
  const std::size_t step = stride<kWidth>(n);
  for (int p = 0; p < 8 / kWidth; ++p) {
    std::uint8_t* const to = codes + static_cast<std::size_t>(p) * step;
    const auto part = [&](std::uint64_t word) { return ((word >> (p * kWidth)) & low_bits<kWidth>()) << kShift; };
    std::size_t j = 0;
    // The lowest part is written first, and the others are added to it.
    for (; j + 8 <= step; j += 8) store(to + j, part(load(from + j)) | (kShift == 0 ? 0 : load(to + j)));
    for (; j < step; ++j) {
      to[j] = static_cast<std::uint8_t>(part(from[j]) | (kShift == 0 ? std::uint8_t{0} : to[j]));
    }
  }
}

/// Calls visit.template operator()<width, shift>() for each part.
template <class Visit>
void each_part(int bits, const Visit& visit) {
  switch (bits) {
    case 1:
      return visit.template operator()<1, 0>();
    case 2:
      return visit.template operator()<2, 0>();
    case 3:
      return visit.template operator()<2, 0>(), visit.template operator()<1, 2>();
    case 4:
      return visit.template operator()<4, 0>();
    case 5:
      return visit.template operator()<4, 0>(), visit.template operator()<1, 4>();
    case 6:
      return visit.template operator()<4, 0>(), visit.template operator()<2, 4>();
    case 7:
      return visit.template operator()<4, 0>(), visit.template operator()<2, 4>(), visit.template operator()<1, 6>();
    default:
      return visit.template operator()<8, 0>();
  }
}

}  // namespace packing

/// Bytes of n codes of 1 to 8 bits.
inline std::size_t packed_bytes(std::size_t n, int bits) {
  std::size_t sum = 0;
  packing::each_part(bits, [&]<int kWidth, int>() { sum += packing::stride<kWidth>(n); });
  return sum;
}

/// codes [n + kCodesBeyond], each below 2^bits; those beyond n are cleared.
inline void pack(std::uint8_t* codes, std::size_t n, int bits, std::byte* out) {
  std::memset(codes + n, 0, kCodesBeyond);
  auto* to = reinterpret_cast<std::uint8_t*>(out);
  packing::each_part(bits, [&]<int kWidth, int kShift>() {
    packing::pack_part<kWidth, kShift>(codes, n, to);
    to += packing::stride<kWidth>(n);
  });
}

/// codes [n + kCodesBeyond]
inline void unpack(const std::byte* in, std::size_t n, int bits, std::uint8_t* codes) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(in);
  packing::each_part(bits, [&]<int kWidth, int kShift>() {
    packing::unpack_part<kWidth, kShift>(from, n, codes);
    from += packing::stride<kWidth>(n);
  });
}

}  // namespace fedtide
