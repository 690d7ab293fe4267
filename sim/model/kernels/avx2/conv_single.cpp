// The direct forward pass for images of one channel and few output channels, whose vectors would not be full: here they
// run along the image's rows. Two channels, two rows and sixteen columns are summed at a time, which is eight windows
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

/// Eight pooled pixels of one channel, of which `count` are in the image.
void store(const ConvPool& shape, V at0, V at1, V at2, V at3, float bias, Index count, float* y, std::uint8_t* place) {
  float values[kLanes];
  std::uint8_t places[kLanes];
  pool(at0, at1, at2, at3, _mm256_set1_ps(bias), kLanes, values, places);
  for (Index p = 0; p < count; ++p) {
    y[p * shape.out] = values[p];
    place[p * shape.lanes] = places[p];
  }
}

/// C channels, the pooled pixels from `y` on. K: the kernel's width where it is known, else 0.
template <int C, int K>
void tile(const ConvPool& shape, const float* weights, Index stride, const float* bias, const float* window,
          Index count, float* y, std::uint8_t* place) {
  V sum[C][4];  // upper left, upper right, lower left, lower right
  FEDTIDE_UNROLL
  for (int c = 0; c < C; ++c) {
    FEDTIDE_UNROLL
    for (int v = 0; v < 4; ++v) sum[c][v] = _mm256_setzero_ps();
  }
  for (Index ky = 0; ky < shape.kernel; ++ky) {
    const float* upper = window + ky * shape.row;
    const float* lower = upper + shape.row;
    const Index wide = K > 0 ? K : shape.kernel;
    FEDTIDE_UNROLL
    for (Index kx = 0; kx < wide; ++kx) {
      const V x0 = _mm256_loadu_ps(upper + kx), x1 = _mm256_loadu_ps(upper + kx + kLanes);
      const V x2 = _mm256_loadu_ps(lower + kx), x3 = _mm256_loadu_ps(lower + kx + kLanes);
      FEDTIDE_UNROLL
      for (int c = 0; c < C; ++c) {
        const V w = _mm256_broadcast_ss(weights + c);
        sum[c][0] = _mm256_fmadd_ps(w, x0, sum[c][0]);
        sum[c][1] = _mm256_fmadd_ps(w, x1, sum[c][1]);
        sum[c][2] = _mm256_fmadd_ps(w, x2, sum[c][2]);
        sum[c][3] = _mm256_fmadd_ps(w, x3, sum[c][3]);
      }
      weights += stride;
    }
  }
  FEDTIDE_UNROLL
  for (int c = 0; c < C; ++c) {
    store(shape, evens(sum[c][0], sum[c][1]), odds(sum[c][0], sum[c][1]), evens(sum[c][2], sum[c][3]),
          odds(sum[c][2], sum[c][3]), bias == nullptr ? 0.0F : bias[c], count, y + c, place + c);
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
      for (; c + 2 <= shape.out; c += 2) at(c, std::integral_constant<int, 2>());
      if (c < shape.out) at(c, std::integral_constant<int, 1>());
    }
  }
}

}  // namespace fedtide::kernels::avx2
