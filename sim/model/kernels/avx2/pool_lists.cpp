// Which gradients come through a max pool and a ReLU. Nothing branches on the data: half of the branches would be
// mistaken.

#include <cstring>

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

Index corner_of(const ConvPool& shape, Index pixel) {
  return 2 * (pixel / shape.pooled_width) * shape.row + 2 * (pixel % shape.pooled_width) * shape.in;
}

}  // namespace

void list_channels(const ConvPool& shape, const float* dy, const std::uint8_t* place, const PoolLists& lists) {
  // Copies: bytes may alias anything, and everything would be read again after each store.
  const Index out = shape.out, lanes = shape.lanes, stride = shape.pixels + 1, pixels = shape.pixels;
  PoolEntry* const by_channel = lists.by_channel;
  std::uint32_t* const in_channel = lists.in_channel;
  for (Index c = 0; c < out; ++c) in_channel[c] = 0;
  for (Index pixel = 0; pixel < pixels; ++pixel) {
    const Index corner = corner_of(shape, pixel);
    std::uint32_t offsets[5];
    for (Index at = 0; at < 5; ++at) {
      offsets[at] = static_cast<std::uint32_t>(corner + at / 2 * shape.row + at % 2 * shape.in);
    }
    const float* values = dy + pixel * out;
    const std::uint8_t* places = place + pixel * lanes;
    for (Index c = 0; c < out; ++c) {
      const unsigned at = places[c];
      const std::uint32_t many = in_channel[c];
      by_channel[c * stride + many] = {offsets[at], values[c]};  // the next one's place where there is none
      in_channel[c] = many + (at < 4 ? 1 : 0);
    }
  }
}

void list_places(const ConvPool& shape, const std::uint8_t* place, const PoolLists& lists) {
  for (Index pixel = 0; pixel < shape.pixels; ++pixel) {
    for (Index at = 0; at < 4; ++at) {
      std::uint8_t* channels = lists.by_place + (pixel * 4 + at) * shape.lanes;
      Index many = 0;
      for (Index begin = 0; begin < shape.lanes; begin += kLanes) {
        const __m128i places = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(place + pixel * shape.lanes + begin));
        const __m128i here = _mm_cmpeq_epi8(places, _mm_set1_epi8(static_cast<char>(at)));
        auto bytes = static_cast<std::uint64_t>(_mm_cvtsi128_si64(here));
        if (shape.out - begin < kLanes) bytes &= (std::uint64_t{1} << (8 * (shape.out - begin))) - 1;
        const std::uint64_t first = 0x0101010101010101U * static_cast<std::uint64_t>(begin);
        const std::uint64_t found = _pext_u64(0x0706050403020100U + first, bytes);
        std::memcpy(channels + many, &found, 8);  // at most `begin` are listed before: never beyond the lanes
        many += __builtin_popcountll(bytes) / 8;
      }
      lists.in_place[pixel * 4 + at] = static_cast<std::uint16_t>(many);
    }
  }
}

}  // namespace fedtide::kernels::avx2
