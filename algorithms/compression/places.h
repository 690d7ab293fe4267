#pragma once
// k ascending places below d in as few bits as two more than the least possible for each, and in a number of bytes that
// follows from k and d. Elias: Efficient Storage and Retrieval by Content and Address of Static Files. JACM 1974; Fano:
// MIT memorandum 61, 1971.
//
//   l = floor(log2(d / k)) low bits of each place, one after the other; then a bit string in which bit
//   (place_j >> l) + j is set for j = 0..k-1: k + ((d - 1) >> l) bits

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace fedtide {

inline int low_bits_of_places(std::size_t d, std::size_t k) { return static_cast<int>(std::bit_width(d / k)) - 1; }

inline std::size_t places_bytes(std::size_t d, std::size_t k) {
  const auto low = static_cast<std::size_t>(low_bits_of_places(d, k));
  return (k * low + 7) / 8 + (k + ((d - 1) >> low) + 7) / 8;
}

inline void put_places(std::span<const std::uint32_t> places, std::size_t d, std::byte* out) {
  const int low = low_bits_of_places(d, places.size());
  auto* to = reinterpret_cast<std::uint8_t*>(out);
  std::memset(to, 0, places_bytes(d, places.size()));
  std::uint64_t bits = 0;
  int filled = 0;
  for (const std::uint32_t place : places) {
    bits |= (place & ((std::uint64_t{1} << low) - 1)) << filled;
    for (filled += low; filled >= 8; filled -= 8, bits >>= 8) *to++ = static_cast<std::uint8_t>(bits);
  }
  if (filled > 0) *to++ = static_cast<std::uint8_t>(bits);
  for (std::size_t j = 0; j < places.size(); ++j) {
    const std::size_t at = (places[j] >> low) + j;
    to[at / 8] = static_cast<std::uint8_t>(to[at / 8] | (1u << (at % 8)));
  }
}

inline void take_places(const std::byte* in, std::size_t d, std::span<std::uint32_t> places) {
  const int low = low_bits_of_places(d, places.size());
  const auto* from = reinterpret_cast<const std::uint8_t*>(in);
  std::uint64_t bits = 0;
  int filled = 0;
  for (std::uint32_t& place : places) {
    for (; filled < low; filled += 8) bits |= std::uint64_t{*from++} << filled;
    place = static_cast<std::uint32_t>(bits & ((std::uint64_t{1} << low) - 1));
    bits >>= low;
    filled -= low;
  }
  for (std::size_t j = 0, byte = 0; j < places.size(); ++byte) {
    for (unsigned rest = from[byte]; rest != 0; rest &= rest - 1, ++j) {
      const std::size_t at = 8 * byte + static_cast<std::size_t>(std::countr_zero(rest));
      places[j] |= static_cast<std::uint32_t>((at - j) << low);
    }
  }
}

}  // namespace fedtide
