// Forward pass of a 5 x 5 convolution by Winograd's minimal filtering F(2 x 2, 5 x 5) (Winograd 1980; Lavin and Gray,
// CVPR 2016): with g a kernel and d a patch of 6 x 6, the 2 x 2 outputs, which are one window of the pool, are
//   Y = A^T [ sum over channels of (G g G^T) * (B^T d B) ] A,
// 36 products in place of 100. Interpolation points 0, 1, -1, 2, -2 and infinity:
//   B^T = 4  0 -5  0  1  0     G = 1/4 [ 1  0 0  0  0 ]    A^T = 1 1  1 1  1 0
//         0 -4 -4  1  1  0        -1/6 [ 1  1 1  1  1 ]          0 1 -1 2 -2 1
//         0  4 -4 -1  1  0        -1/6 [ 1 -1 1 -1  1 ]
//         0 -2 -1  2  1  0        1/24 [ 1  2 4  8 16 ]
//         0  2 -1 -2  1  0        1/24 [ 1 -2 4 -8 16 ]
//         0  4  0 -5  0  1             [ 0  0 0  0  1 ]

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/avx2/dense.h"
#include "sim/model/kernels/avx2/pool.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

constexpr Index kPatch = 6;
constexpr Index kFrequencies = kPatch * kPatch;
constexpr Index kFewest = 5;  ///< input channels for which the transforms pay
constexpr Index kTiles = 28;  ///< tiles worked on at once, if a row of them is not longer

V times(float factor, V x) { return _mm256_mul_ps(_mm256_set1_ps(factor), x); }
V plus_times(V sum, float factor, V x) { return _mm256_fmadd_ps(_mm256_set1_ps(factor), x, sum); }

void transform_kernel(const V* g, V* u) {
  const V even = _mm256_add_ps(g[0], _mm256_add_ps(g[2], g[4]));
  const V odd = _mm256_add_ps(g[1], g[3]);
  const V even2 = plus_times(plus_times(g[0], 4, g[2]), 16, g[4]);
  const V odd2 = plus_times(times(2, g[1]), 8, g[3]);
  u[0] = times(0.25F, g[0]);
  u[1] = times(-1.0F / 6, _mm256_add_ps(even, odd));
  u[2] = times(-1.0F / 6, _mm256_sub_ps(even, odd));
  u[3] = times(1.0F / 24, _mm256_add_ps(even2, odd2));
  u[4] = times(1.0F / 24, _mm256_sub_ps(even2, odd2));
  u[5] = g[4];
}

void transform_patch(const V* d, V* v) {
  const V even = plus_times(d[4], -4, d[2]), odd = plus_times(d[3], -4, d[1]);
  const V even2 = _mm256_sub_ps(d[4], d[2]), odd2 = times(2, _mm256_sub_ps(d[3], d[1]));
  v[0] = plus_times(plus_times(d[4], -5, d[2]), 4, d[0]);
  v[1] = _mm256_add_ps(even, odd);
  v[2] = _mm256_sub_ps(even, odd);
  v[3] = _mm256_add_ps(even2, odd2);
  v[4] = _mm256_sub_ps(even2, odd2);
  v[5] = plus_times(plus_times(d[5], -5, d[3]), 4, d[1]);
}

void transform_sums(const V* m, V* y) {
  const V ones = _mm256_add_ps(m[1], m[2]), twos = _mm256_add_ps(m[3], m[4]);
  y[0] = _mm256_add_ps(m[0], _mm256_add_ps(ones, twos));
  y[1] = _mm256_add_ps(plus_times(_mm256_sub_ps(m[1], m[2]), 2, _mm256_sub_ps(m[3], m[4])), m[5]);
}

void transpose(V* rows) {
  V t[8], u[8];
  FEDTIDE_UNROLL
  for (int i = 0; i < 4; ++i) {
    t[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
  }
  FEDTIDE_UNROLL
  for (int i = 0; i < 2; ++i) {
    u[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
    u[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
    u[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
    u[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
  }
  FEDTIDE_UNROLL
  for (int i = 0; i < 4; ++i) {
    rows[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
    rows[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
  }
}

Index tile_rows(const ConvPool& shape) {
  const Index rows = kTiles / shape.pooled_width;
  return rows < 1 ? 1 : rows < shape.pooled_height ? rows : shape.pooled_height;
}

/// Channels of a patch, in whole vectors; those beyond the image's are the next pixel's and are not used.
Index patch_channels(const ConvPool& shape) { return (shape.in + kLanes - 1) / kLanes * kLanes; }

/// Eight outputs' and eight inputs' kernels of one frequency stand side by side, [out, in], before they are transposed.
void transform_kernels(const ConvPool& shape, const float* w, Index out, Index in, V (*block)[kLanes]) {
  const __m256i lanes = first_lanes(shape.in - in < kLanes ? shape.in - in : kLanes);
  FEDTIDE_UNROLL
  for (Index c = 0; c < kLanes; ++c) {
    V half[5][kPatch], whole[kPatch];
    FEDTIDE_UNROLL
    for (Index ky = 0; ky < 5; ++ky) {
      V g[5];
      FEDTIDE_UNROLL
      for (Index kx = 0; kx < 5; ++kx) {
        g[kx] = _mm256_maskload_ps(w + (((out + c) * 5 + ky) * 5 + kx) * shape.in + in, lanes);
      }
      transform_kernel(g, half[ky]);
    }
    FEDTIDE_UNROLL
    for (Index fx = 0; fx < kPatch; ++fx) {
      const V g[5] = {half[0][fx], half[1][fx], half[2][fx], half[3][fx], half[4][fx]};
      transform_kernel(g, whole);
      FEDTIDE_UNROLL
      for (Index fy = 0; fy < kPatch; ++fy) block[fy * kPatch + fx][c] = whole[fy];
    }
  }
}

void transform_image(const ConvPool& shape, const float* image, Index first_row, Index rows, float* patches) {
  const Index tiles = rows * shape.pooled_width, channels = patch_channels(shape);
  for (Index tile = 0; tile < tiles; ++tile) {
    const float* corner =
        image + 2 * (first_row + tile / shape.pooled_width) * shape.row + 2 * (tile % shape.pooled_width) * shape.in;
    for (Index c = 0; c < shape.in; c += kLanes) {
      V half[kPatch][kPatch], whole[kPatch];
      FEDTIDE_UNROLL
      for (Index y = 0; y < kPatch; ++y) {
        V d[kPatch];
        FEDTIDE_UNROLL
        for (Index x = 0; x < kPatch; ++x) d[x] = _mm256_loadu_ps(corner + y * shape.row + x * shape.in + c);
        transform_patch(d, half[y]);
      }
      FEDTIDE_UNROLL
      for (Index fx = 0; fx < kPatch; ++fx) {
        const V d[kPatch] = {half[0][fx], half[1][fx], half[2][fx], half[3][fx], half[4][fx], half[5][fx]};
        transform_patch(d, whole);
        FEDTIDE_UNROLL
        for (Index fy = 0; fy < kPatch; ++fy) {
          _mm256_storeu_ps(patches + ((fy * kPatch + fx) * tiles + tile) * channels + c, whole[fy]);
        }
      }
    }
  }
}

void transform_outputs(const ConvPool& shape, const float* sums, const float* bias, Index first_row, Index rows,
                       float* y, std::uint8_t* place) {
  const Index tiles = rows * shape.pooled_width;
  for (Index tile = 0; tile < tiles; ++tile) {
    const Index pixel = first_row * shape.pooled_width + tile;
    for (Index c = 0; c < shape.out; c += kLanes) {
      V half[kPatch][2];
      FEDTIDE_UNROLL
      for (Index fy = 0; fy < kPatch; ++fy) {
        V m[kPatch];
        FEDTIDE_UNROLL
        for (Index fx = 0; fx < kPatch; ++fx) {
          m[fx] = _mm256_loadu_ps(sums + ((fy * kPatch + fx) * tiles + tile) * shape.out + c);
        }
        transform_sums(m, half[fy]);
      }
      V at[2][2];
      FEDTIDE_UNROLL
      for (Index x = 0; x < 2; ++x) {
        const V m[kPatch] = {half[0][x], half[1][x], half[2][x], half[3][x], half[4][x], half[5][x]};
        transform_sums(m, at[x]);
      }
      pool(at[0][0], at[1][0], at[0][1], at[1][1], load_bias(bias, c, shape.out), kLanes, y + pixel * shape.out + c,
           place + pixel * shape.lanes + c);
    }
  }
}

}  // namespace

bool winograd_fits(const ConvPool& shape) {
  return shape.kernel == 5 && shape.in >= kFewest && shape.out % kLanes == 0;
}

Index winograd_prepared_size(const ConvPool& shape) { return kFrequencies * shape.in * shape.out; }

Index winograd_scratch_size(const ConvPool& shape) {
  return kFrequencies * tile_rows(shape) * shape.pooled_width * (patch_channels(shape) + shape.out);
}

void winograd_prepare(const ConvPool& shape, const float* w, float* prepared) {
  V block[kFrequencies][kLanes];
  for (Index out = 0; out < shape.out; out += kLanes) {
    for (Index in = 0; in < shape.in; in += kLanes) {
      transform_kernels(shape, w, out, in, block);
      for (Index f = 0; f < kFrequencies; ++f) {
        transpose(block[f]);
        const Index many = shape.in - in < kLanes ? shape.in - in : kLanes;
        for (Index i = 0; i < many; ++i) {
          _mm256_storeu_ps(prepared + (f * shape.in + in + i) * shape.out + out, block[f][i]);
        }
      }
    }
  }
}

void winograd_forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image,
                      float* scratch, float* y, std::uint8_t* place) {
  const Index most = tile_rows(shape), channels = patch_channels(shape);
  for (Index row = 0; row < shape.pooled_height; row += most) {
    const Index rows = shape.pooled_height - row < most ? shape.pooled_height - row : most;
    const Index tiles = rows * shape.pooled_width;
    float* patches = scratch;
    float* sums = scratch + kFrequencies * tiles * channels;
    transform_image(shape, image, row, rows, patches);
    for (Index f = 0; f < kFrequencies; ++f) {
      combine(tiles, shape.in, patches + f * tiles * channels, channels, 1, prepared + f * shape.in * shape.out,
              shape.out, sums + f * tiles * shape.out, shape.out, shape.out, true);
    }
    transform_outputs(shape, sums, bias, row, rows, y, place);
  }
}

}  // namespace fedtide::kernels::avx2
