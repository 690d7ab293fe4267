// The direct forward pass for images of one channel and few output channels, whose vectors would not be full: here they
// run along the image's rows. Three channels, two rows and sixteen columns are summed at a time, which is eight windows
// of the pool for each channel.

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/pool.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

constexpr Index kColumns = 2 * kLanes;

V evens(V low, V high) {
  const V pairs = _mm256_shuffle_ps(low, high, 0x88);
  return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(pairs), 0xd8));
}

V odds(V low, V high) {
  const V pairs = _mm256_shuffle_ps(low, high, 0xdd);
  return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(pairs), 0xd8));
}

/// C channels, the `count` <= 8 pooled pixels from `y` on. K: the kernel's width where it is known, else 0.
template <int C, int K>
void tile(const ConvPool& shape, const float* weights, Index stride, const float* bias, const float* window,
          Index count, float* y, std::uint8_t* place) {
  V sum[4][C];  // upper left, upper right, lower left, lower right
  FEDTIDE_UNROLL
  for (int v = 0; v < 4; ++v) {
    FEDTIDE_UNROLL
    for (int c = 0; c < C; ++c) sum[v][c] = _mm256_setzero_ps();
  }
  for (Index ky = 0; ky < shape.kernel; ++ky) {
    const float* upper = window + ky * shape.row;
    const float* lower = upper + shape.row;
    const Index wide = K > 0 ? K : shape.kernel;
    FEDTIDE_UNROLL
    for (Index kx = 0; kx < wide; ++kx) {
      V w[C];
      FEDTIDE_UNROLL
      for (int c = 0; c < C; ++c) w[c] = _mm256_broadcast_ss(weights + c);
      FEDTIDE_UNROLL
      for (int v = 0; v < 4; ++v) {
        const V x = _mm256_loadu_ps((v < 2 ? upper : lower) + kx + v % 2 * kLanes);
        FEDTIDE_UNROLL
        for (int c = 0; c < C; ++c) sum[v][c] = _mm256_fmadd_ps(w[c], x, sum[v][c]);
      }
      weights += stride;
    }
  }
  float values[C][kLanes];
  std::uint8_t places[C][kLanes];
  FEDTIDE_UNROLL
  for (int c = 0; c < C; ++c) {
    pool(evens(sum[0][c], sum[1][c]), odds(sum[0][c], sum[1][c]), evens(sum[2][c], sum[3][c]),
         odds(sum[2][c], sum[3][c]), _mm256_set1_ps(bias == nullptr ? 0.0F : bias[c]), kLanes, values[c], places[c]);
  }
  // Copies: bytes may alias anything.
  const Index out = shape.out, lanes = shape.lanes;
  for (Index p = 0; p < count; ++p) {
    FEDTIDE_UNROLL
    for (int c = 0; c < C; ++c) {
      y[p * out + c] = values[c][p];
      place[p * lanes + c] = places[c][p];
    }
  }
}

}  // namespace

bool single_fits(const ConvPool& shape) { return shape.in == 1 && shape.out < shape.lanes && shape.out < 2 * kLanes; }

void single_forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image, float* y,
                    std::uint8_t* place) {
  for (Index qy = 0; qy < shape.pooled_height; ++qy) {
    for (Index qx = 0; qx < shape.pooled_width; qx += kLanes) {
      const Index count = shape.pooled_width - qx < kLanes ? shape.pooled_width - qx : kLanes;
      const Index pixel = qy * shape.pooled_width + qx;
      const float* window = image + 2 * qy * shape.row + 2 * qx;
      const auto at = [&]<int C>(Index c, std::integral_constant<int, C>) {
        const decltype(&tile<C, 5>) tile_of = shape.kernel == 5   ? &tile<C, 5>
                                              : shape.kernel == 3 ? &tile<C, 3>
                                                                  : &tile<C, 0>;
        tile_of(shape, prepared + c, shape.lanes, bias == nullptr ? nullptr : bias + c, window, count,
                y + pixel * shape.out + c, place + pixel * shape.lanes + c);
      };
      Index c = 0;
      for (; c + 3 <= shape.out; c += 3) at(c, std::integral_constant<int, 3>());
      if (c + 2 == shape.out) at(c, std::integral_constant<int, 2>());
      if (c + 1 == shape.out) at(c, std::integral_constant<int, 1>());
    }
  }
}

}  // namespace fedtide::kernels::avx2
