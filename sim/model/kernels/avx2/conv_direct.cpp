// Convolution, bias, ReLU and 2 x 2 max pool in one pass: the four places of a pooled pixel are summed side by side in
// registers, and only the largest leaves them.

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/pool.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

/// P pooled pixels beside each other, 8 W channels.
template <int P, int W>
void tile(const ConvPool& shape, const float* weights, const V* bias, Index channel, const float* window, float* y,
          std::uint8_t* place) {
  V sum[4 * P][W];
  FEDTIDE_UNROLL
  for (int p = 0; p < 4 * P; ++p) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) sum[p][v] = _mm256_setzero_ps();
  }
  for (Index ky = 0; ky < shape.kernel; ++ky) {
    const float* upper = window + ky * shape.row;
    const float* lower = upper + shape.row;
    for (Index t = 0; t < shape.line; ++t) {
      V w[W];
      FEDTIDE_UNROLL
      for (int v = 0; v < W; ++v) w[v] = _mm256_loadu_ps(weights + v * kLanes);
      weights += shape.lanes;
      FEDTIDE_UNROLL
      for (int p = 0; p < 2 * P; ++p) {
        const V up = _mm256_broadcast_ss(upper + p * shape.in + t);
        const V low = _mm256_broadcast_ss(lower + p * shape.in + t);
        const int pixel = 4 * (p / 2) + p % 2;
        FEDTIDE_UNROLL
        for (int v = 0; v < W; ++v) sum[pixel][v] = _mm256_fmadd_ps(up, w[v], sum[pixel][v]);
        FEDTIDE_UNROLL
        for (int v = 0; v < W; ++v) sum[pixel + 2][v] = _mm256_fmadd_ps(low, w[v], sum[pixel + 2][v]);
      }
    }
  }
  FEDTIDE_UNROLL
  for (int p = 0; p < P; ++p) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) {
      // Not through a pointer to the sums: they would have to be in memory.
      pool(sum[4 * p][v], sum[4 * p + 1][v], sum[4 * p + 2][v], sum[4 * p + 3][v], bias[v],
           shape.out - channel - v * kLanes, y + p * shape.out + v * kLanes, place + p * shape.lanes + v * kLanes);
    }
  }
}

/// All pixels, 8 W channels.
template <int W>
void channels(const ConvPool& shape, const float* weights, const float* bias, Index channel, const float* image,
              float* y, std::uint8_t* place) {
  constexpr int kPixels = W == 1 ? 3 : 1;  // so many sums at work that an addition's latency does not show
  V constant[W];
  FEDTIDE_UNROLL
  for (int v = 0; v < W; ++v) constant[v] = load_bias(bias, channel + v * kLanes, shape.out);
  for (Index qy = 0; qy < shape.pooled_height; ++qy) {
    const auto at = [&]<int P>(Index qx, std::integral_constant<int, P>) {
      const Index pixel = qy * shape.pooled_width + qx;
      tile<P, W>(shape, weights + channel, constant, channel, image + 2 * qy * shape.row + 2 * qx * shape.in,
                 y + pixel * shape.out + channel, place + pixel * shape.lanes + channel);
    };
    Index qx = 0;
    for (; qx + kPixels <= shape.pooled_width; qx += kPixels) at(qx, std::integral_constant<int, kPixels>());
    if constexpr (kPixels > 2) {
      if (qx + 2 == shape.pooled_width) at(qx, std::integral_constant<int, 2>()), qx += 2;
    }
    for (; qx < shape.pooled_width; ++qx) at(qx, std::integral_constant<int, 1>());
  }
}

}  // namespace

Index direct_prepared_size(const ConvPool& shape) { return shape.kernel * shape.line * shape.lanes; }

void direct_prepare(const ConvPool& shape, const float* w, float* prepared) {
  const Index taps = shape.kernel * shape.line;
  for (Index t = 0; t < taps; ++t) {
    for (Index c = 0; c < shape.lanes; ++c) prepared[t * shape.lanes + c] = c < shape.out ? w[c * taps + t] : 0.0F;
  }
}

void direct_forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image, float* y,
                    std::uint8_t* place) {
  const Index vectors = shape.lanes / kLanes;
  const Index groups = (vectors + 2) / 3;
  for (Index g = 0, v = 0; g < groups; ++g) {
    const Index many = (vectors - v + groups - g - 1) / (groups - g);
    if (many == 1) channels<1>(shape, prepared, bias, v * kLanes, image, y, place);
    if (many == 2) channels<2>(shape, prepared, bias, v * kLanes, image, y, place);
    if (many == 3) channels<3>(shape, prepared, bias, v * kLanes, image, y, place);
    v += many;
  }
}

}  // namespace fedtide::kernels::avx2
