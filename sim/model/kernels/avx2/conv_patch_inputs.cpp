// Gradient of the image through a max pool where a window's lines are short. The windows of one pooled pixel lie within
// a patch that is one line higher and one pixel wider; two of its lines at a time are summed in registers over all
// channels. The kernels stand in memory at both places that they can have in a line, between lines of zeros. No branch
// depends on the data, and no load follows soon after a store to the same memory, which would have to wait for it: the
// next patch is the one below, whose lines are others.

#include <cstring>

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

constexpr Index kMostWide = 6;  ///< vectors of a patch's line

Index wide_of(const ConvPool& shape) { return (shape.line + shape.in + kLanes - 1) / kLanes; }

/// Numbers of one channel's kernel between its lines of zeros.
Index kernel_size(const ConvPool& shape) { return (shape.kernel + 2) * wide_of(shape) * kLanes; }

/// Lines `line` and `line + 1` of all patches; W vectors each.
template <int W>
void add_lines(const ConvPool& shape, const float* prepared, Index line, const float* dy, const std::uint8_t* place,
               float* dimage) {
  // Copies: bytes may alias anything, and everything would be read again.
  const Index row = shape.row, out = shape.out, lanes = shape.lanes, wide = shape.pooled_width,
              size = kernel_size(shape);
  const float* const upper = prepared + (line + 1) * W * kLanes;
  const float* const lower = upper - W * kLanes;
  const float* const kernels[5] = {upper, upper + out * size, lower, lower + out * size, upper};
  const float passes[5] = {1, 1, 1, 1, 0};
  for (Index qx = 0; qx < wide; ++qx) {
    for (Index qy = 0; qy < shape.pooled_height; ++qy) {
      float* const to = dimage + (2 * qy + line) * row + 2 * qx * shape.in;
      const float* const values = dy + (qy * wide + qx) * out;
      const std::uint8_t* const places = place + (qy * wide + qx) * lanes;
      V sum[2][W];
      FEDTIDE_UNROLL
      for (int r = 0; r < 2; ++r) {
        FEDTIDE_UNROLL
        for (int v = 0; v < W; ++v) sum[r][v] = _mm256_loadu_ps(to + r * row + v * kLanes);
      }
      for (Index c = 0; c < out; ++c) {
        const unsigned at = places[c];
        const V factor = _mm256_set1_ps(values[c] * passes[at]);
        const float* const weights = kernels[at] + c * size;
        FEDTIDE_UNROLL
        for (int r = 0; r < 2; ++r) {
          FEDTIDE_UNROLL
          for (int v = 0; v < W; ++v) {
            sum[r][v] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(weights + (r * W + v) * kLanes), sum[r][v]);
          }
        }
      }
      FEDTIDE_UNROLL
      for (int r = 0; r < 2; ++r) {
        FEDTIDE_UNROLL
        for (int v = 0; v < W; ++v) _mm256_storeu_ps(to + r * row + v * kLanes, sum[r][v]);
      }
    }
  }
}

template <int W>
void with_wide(const ConvPool& shape, const float* prepared, const float* dy, const std::uint8_t* place,
               float* dimage) {
  if constexpr (W <= kMostWide) {
    if (wide_of(shape) != W) return with_wide<W + 1>(shape, prepared, dy, place, dimage);
    for (Index line = 0; line <= shape.kernel; line += 2) add_lines<W>(shape, prepared, line, dy, place, dimage);
  }
}

}  // namespace

bool patch_inputs_fit(const ConvPool& shape) {
  // What a line's last vector covers of the next line must not be what that line's vectors sum.
  return shape.kernel % 2 == 1 && wide_of(shape) <= kMostWide && wide_of(shape) * kLanes <= shape.row;
}

Index patch_inputs_size(const ConvPool& shape) { return 2 * shape.out * kernel_size(shape); }

void patch_inputs_prepare(const ConvPool& shape, const float* w, float* prepared) {
  const Index wide = wide_of(shape) * kLanes, size = kernel_size(shape);
  for (Index shift = 0; shift < 2; ++shift) {
    for (Index c = 0; c < shape.out; ++c) {
      float* const to = prepared + (shift * shape.out + c) * size + wide + shift * shape.in;
      for (Index ky = 0; ky < shape.kernel; ++ky) {
        std::memcpy(to + ky * wide, w + (c * shape.kernel + ky) * shape.line,
                    sizeof(float) * static_cast<std::size_t>(shape.line));
      }
    }
  }
}

void add_patch_inputs(const ConvPool& shape, const float* prepared, const float* dy, const std::uint8_t* place,
                      float* dimage) {
  with_wide<1>(shape, prepared, dy, place, dimage);
}

}  // namespace fedtide::kernels::avx2
