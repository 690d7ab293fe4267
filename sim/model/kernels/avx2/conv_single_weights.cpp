// Gradient of the weights for images of one channel, whose windows are small: faster than making lists first. Two
// channels at a time go over all pooled pixels; what did not come through counts as 0.

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/slices.h"

namespace fedtide::kernels::avx2 {
namespace {

/// C channels of dw, R lines of eight numbers each.
template <int C, int R>
void add(const ConvPool& shape, const float* image, const float* dy, const std::uint8_t* place, float* dw,
         double* sums) {
  // Copies: bytes may alias anything, and everything would be read again.
  const Index row = shape.row, out = shape.out, lanes = shape.lanes, wide = shape.pooled_width;
  const Index offsets[5] = {0, 1, row, row + 1, 0};
  const float passes[5] = {1, 1, 1, 1, 0};
  V sum[C][R];
  double total[C];
  FEDTIDE_UNROLL
  for (int c = 0; c < C; ++c) {
    total[c] = 0;
    FEDTIDE_UNROLL
    for (int r = 0; r < R; ++r) sum[c][r] = _mm256_loadu_ps(dw + (c * R + r) * kLanes);
  }
  for (Index qy = 0; qy < shape.pooled_height; ++qy) {
    const float* corner = image + 2 * qy * row;
    for (Index qx = 0; qx < wide; ++qx, corner += 2, dy += out, place += lanes) {
      FEDTIDE_UNROLL
      for (int c = 0; c < C; ++c) {
        const unsigned at = place[c];
        const float value = dy[c] * passes[at];
        const float* window = corner + offsets[at];
        const V factor = _mm256_set1_ps(value);
        total[c] += static_cast<double>(value);
        FEDTIDE_UNROLL
        for (int r = 0; r < R; ++r) {
          sum[c][r] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(window + r * row), sum[c][r]);
        }
      }
    }
  }
  FEDTIDE_UNROLL
  for (int c = 0; c < C; ++c) {
    sums[c] += total[c];
    FEDTIDE_UNROLL
    for (int r = 0; r < R; ++r) _mm256_storeu_ps(dw + (c * R + r) * kLanes, sum[c][r]);
  }
}

template <int R>
void all_channels(const ConvPool& shape, const float* image, const float* dy, const std::uint8_t* place, float* dw,
                  double* sums) {
  Index c = 0;
  for (; c + 2 <= shape.out; c += 2) add<2, R>(shape, image, dy + c, place + c, dw + c * R * kLanes, sums + c);
  if (c < shape.out) add<1, R>(shape, image, dy + c, place + c, dw + c * R * kLanes, sums + c);
}

}  // namespace

bool single_gradient_fits(const ConvPool& shape) { return shape.in == 1 && shape.kernel <= 5; }

void add_single_gradient(const ConvPool& shape, const float* image, const float* dy, const std::uint8_t* place,
                         float* dw, double* sums) {
  switch (shape.kernel) {
    case 1:
      return all_channels<1>(shape, image, dy, place, dw, sums);
    case 2:
      return all_channels<2>(shape, image, dy, place, dw, sums);
    case 3:
      return all_channels<3>(shape, image, dy, place, dw, sums);
    case 4:
      return all_channels<4>(shape, image, dy, place, dw, sums);
    default:
      return all_channels<5>(shape, image, dy, place, dw, sums);
  }
}

}  // namespace fedtide::kernels::avx2
