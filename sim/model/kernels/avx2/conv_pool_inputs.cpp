// Gradient of a convolution's input through a max pool: at each place, the kernels of the channels whose largest value
// was there, each times its value, summed in registers.

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/slices.h"

namespace fedtide::kernels::avx2 {
namespace {

/// `window` is the slice's part of the image; `prepared` the slice's weights.
template <int R, int W>
void add(const ConvPool& shape, const float* prepared, const float* values, const std::uint8_t* channels, Index count,
         float* window) {
  V sum[R][W];
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) sum[r][v] = _mm256_loadu_ps(window + r * shape.row + v * kLanes);
  }
  for (Index i = 0; i < count; ++i) {
    const Index c = channels[i];
    const V factor = _mm256_broadcast_ss(values + c);
    const float* weights = prepared + c * R * W * kLanes;
    FEDTIDE_UNROLL
    for (int r = 0; r < R; ++r) {
      FEDTIDE_UNROLL
      for (int v = 0; v < W; ++v) {
        sum[r][v] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(weights + (r * W + v) * kLanes), sum[r][v]);
      }
    }
  }
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) _mm256_storeu_ps(window + r * shape.row + v * kLanes, sum[r][v]);
  }
}

}  // namespace

void listed_inputs_prepare(const ConvPool& shape, const float* w, float* prepared) {
  for_slices(shape, [&](const Slice& slice) {
    const Index wide = slice.wide * kLanes;
    const Index end = shape.line - slice.begin < wide ? shape.line - slice.begin : wide;
    for (Index c = 0; c < shape.out; ++c) {
      for (Index r = 0; r < slice.lines; ++r) {
        const float* from = w + (c * shape.kernel + slice.line + r) * shape.line + slice.begin;
        float* to = prepared + slice.offset + (c * slice.lines + r) * wide;
        for (Index i = 0; i < end; ++i) to[i] = from[i];
        for (Index i = end; i < wide; ++i) to[i] = 0.0F;
      }
    }
  });
}

void add_listed_inputs(const ConvPool& shape, const float* prepared, const float* dy, const PoolLists& lists,
                       float* dimage) {
  for_slices(shape, [&](const Slice& slice) {
    with_size<1, 1>(slice, [&]<int R, int W>(Size<R, W>) {
      float* const part = dimage + slice.line * shape.row + slice.begin;
      for (Index pixel = 0; pixel < shape.pixels; ++pixel) {
        const Index corner = 2 * (pixel / shape.pooled_width) * shape.row + 2 * (pixel % shape.pooled_width) * shape.in;
        FEDTIDE_UNROLL
        for (Index at = 0; at < 4; ++at) {
          const Index count = lists.in_place[pixel * 4 + at];
          if (count == 0) continue;
          add<R, W>(shape, prepared + slice.offset, dy + pixel * shape.out,
                    lists.by_place + (pixel * 4 + at) * shape.lanes, count,
                    part + corner + at / 2 * shape.row + at % 2 * shape.in);
        }
      }
    });
  });
}

}  // namespace fedtide::kernels::avx2
