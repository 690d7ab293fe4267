// Which gradients come through a max pool and a ReLU.

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {

void list(const ConvPool& shape, const float* dy, const std::uint8_t* place, const PoolLists& lists) {
  for (Index c = 0; c < shape.out; ++c) lists.in_channel[c] = 0;
  for (Index pixel = 0; pixel < shape.pixels; ++pixel) {
    const Index corner = 2 * (pixel / shape.pooled_width) * shape.row + 2 * (pixel % shape.pooled_width) * shape.in;
    const float* values = dy + pixel * shape.out;
    for (Index at = 0; at < 4; ++at) {
      const auto offset = static_cast<std::uint32_t>(corner + at / 2 * shape.row + at % 2 * shape.in);
      std::uint8_t* channels = lists.by_place + (pixel * 4 + at) * shape.lanes;
      Index many = 0;
      for (Index begin = 0; begin < shape.lanes; begin += kLanes) {
        const __m128i places = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(place + pixel * shape.lanes + begin));
        const __m128i here = _mm_cmpeq_epi8(places, _mm_set1_epi8(static_cast<char>(at)));
        unsigned bits = static_cast<unsigned>(_mm_movemask_epi8(here)) & 0xffU;
        if (shape.out - begin < kLanes) bits &= (1U << (shape.out - begin)) - 1;
        for (; bits != 0; bits &= bits - 1) {
          const Index c = begin + __builtin_ctz(bits);
          channels[many++] = static_cast<std::uint8_t>(c);
          lists.by_channel[c * shape.pixels + lists.in_channel[c]++] = {offset, values[c]};
        }
      }
      lists.in_place[pixel * 4 + at] = static_cast<std::uint16_t>(many);
    }
  }
}

}  // namespace fedtide::kernels::avx2
