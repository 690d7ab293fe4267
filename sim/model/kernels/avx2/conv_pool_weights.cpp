// Gradient of a convolution's weights through a max pool: for each channel, the windows of its list, each times its
// value, summed in registers over the list.

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/slices.h"

namespace fedtide::kernels::avx2 {
namespace {

template <int R, int W>
[[gnu::always_inline]] inline void take(const PoolEntry& entry, const float* image, Index row, V (&sum)[R][W]) {
  const V factor = _mm256_broadcast_ss(&entry.value);
  const float* window = image + entry.offset;
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) {
      sum[r][v] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(window + r * row + v * kLanes), sum[r][v]);
    }
  }
}

template <int R, int W>
void add(const PoolEntry* entries, Index count, const float* image, Index row, float* dw) {
  V odd[R][W], even[R][W];
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) odd[r][v] = _mm256_setzero_ps();
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) even[r][v] = _mm256_loadu_ps(dw + (r * W + v) * kLanes);
  }
  Index i = 0;
  if constexpr (R * W < 7) {  // two sums each hide an addition's latency
    for (; i + 2 <= count; i += 2) {
      take<R, W>(entries[i], image, row, even);
      take<R, W>(entries[i + 1], image, row, odd);
    }
  }
  for (; i < count; ++i) take<R, W>(entries[i], image, row, even);
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) {
      const V all = R * W < 7 ? _mm256_add_ps(even[r][v], odd[r][v]) : even[r][v];
      _mm256_storeu_ps(dw + (r * W + v) * kLanes, all);
    }
  }
}

}  // namespace

Index gradient_size(const ConvPool& shape) {
  Index size = 0;
  for_slices(shape, [&](const Slice& slice) { size += shape.out * slice.lines * slice.wide * kLanes; });
  return size;
}

void add_gradient(const ConvPool& shape, const float* image, const PoolLists& lists, float* dw) {
  for_slices(shape, [&](const Slice& slice) {
    with_size<1, 1>(slice, [&]<int R, int W>(Size<R, W>) {
      const float* from = image + slice.line * shape.row + slice.begin;
      for (Index c = 0; c < shape.out; ++c) {
        if (lists.in_channel[c] == 0) continue;
        add<R, W>(lists.by_channel + c * (shape.pixels + 1), lists.in_channel[c], from, shape.row,
                  dw + slice.offset + c * R * W * kLanes);
      }
    });
  });
}

void apply_gradient(const ConvPool& shape, const float* dw, float* target) {
  for_slices(shape, [&](const Slice& slice) {
    const Index wide = slice.wide * kLanes;
    const Index end = shape.line - slice.begin < wide ? shape.line - slice.begin : wide;
    for (Index c = 0; c < shape.out; ++c) {
      for (Index r = 0; r < slice.lines; ++r) {
        const float* from = dw + slice.offset + (c * slice.lines + r) * wide;
        float* to = target + (c * shape.kernel + slice.line + r) * shape.line + slice.begin;
        for (Index i = 0; i < end; ++i) to[i] += from[i];
      }
    }
  });
}

}  // namespace fedtide::kernels::avx2
