// Products of panels for AVX2 and FMA. Nothing but intrinsics and functions of this file: an inline function of a
// library that were compiled here could be the copy that a linker keeps for every processor.

#include "sim/model/kernels/panels.h"

#include <immintrin.h>

namespace fedtide::kernels::avx2 {
namespace {

using Size = std::ptrdiff_t;

constexpr Size kDepthBlock = 16;    ///< panels: 256 x 16 values of a are 16 KB of L1 cache
constexpr Size kColumnBlock = 192;  ///< columns of b that stay in L2 cache while a passes by
constexpr Size kOuterBlock = 256;   ///< columns of a product over columns
constexpr int kMostColumns = 6;     ///< of one tile: 12 of the 16 registers are sums

struct Tile {
  const float* a;
  const float* b;
  Size b_stride;
  Size depth_panels;
  const float* start;
  float* c;
};

/// A tile of 16 rows and N columns.
template <int N>
void product_tile(const Tile& t) {
  __m256 sum[N][2];
  for (int j = 0; j < N; ++j) sum[j][0] = sum[j][1] = _mm256_setzero_ps();
  const float* a = t.a;
  const float* b = t.b;
  for (Size depth = 0; depth < t.depth_panels; ++depth, b += t.b_stride) {
#pragma GCC unroll 16
    for (int k = 0; k < kPanel; ++k) {
      const __m256 low = _mm256_loadu_ps(a + k * kPanel), high = _mm256_loadu_ps(a + k * kPanel + 8);
#pragma GCC unroll 6
      for (int j = 0; j < N; ++j) {
        const __m256 one = _mm256_broadcast_ss(b + j * kPanel + k);
        sum[j][0] = _mm256_fmadd_ps(low, one, sum[j][0]);
        sum[j][1] = _mm256_fmadd_ps(high, one, sum[j][1]);
      }
    }
    a += kPanel * kPanel;
  }
  for (int j = 0; j < N; ++j) {
    float* c = t.c + j * kPanel;
    const float* before = t.start != nullptr ? t.start : c;
    _mm256_storeu_ps(c, _mm256_add_ps(_mm256_loadu_ps(before), sum[j][0]));
    _mm256_storeu_ps(c + 8, _mm256_add_ps(_mm256_loadu_ps(before + 8), sum[j][1]));
  }
}

/// N rows of c, 16 places each, over some columns of a and b.
template <int N, bool kAdd>
void outer_tile(const float* a, const float* b, Size columns, float* c, Size c_stride) {
  __m256 sum[N][2];
#pragma GCC unroll 6
  for (int r = 0; r < N; ++r) {
    sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    if (kAdd) _mm_prefetch(reinterpret_cast<const char*>(c + r * c_stride), _MM_HINT_T0);
  }
  for (Size j = 0; j < columns; ++j) {
    const __m256 low = _mm256_loadu_ps(a + j * kPanel), high = _mm256_loadu_ps(a + j * kPanel + 8);
#pragma GCC unroll 6
    for (int r = 0; r < N; ++r) {
      const __m256 one = _mm256_broadcast_ss(b + j * kPanel + r);
      sum[r][0] = _mm256_fmadd_ps(low, one, sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(high, one, sum[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < N; ++r) {
    float* to = c + r * c_stride;
    if (kAdd) {
      sum[r][0] = _mm256_add_ps(_mm256_loadu_ps(to), sum[r][0]);
      sum[r][1] = _mm256_add_ps(_mm256_loadu_ps(to + 8), sum[r][1]);
    }
    _mm256_storeu_ps(to, sum[r][0]);
    _mm256_storeu_ps(to + 8, sum[r][1]);
  }
}

/// All 16 rows.
template <bool kAdd>
void outer_panel(const float* a, const float* b, Size columns, float* c, Size c_stride) {
  outer_tile<6, kAdd>(a, b, columns, c, c_stride);
  outer_tile<5, kAdd>(a, b + 6, columns, c + 6 * c_stride, c_stride);
  outer_tile<5, kAdd>(a, b + 11, columns, c + 11 * c_stride, c_stride);
}

void product_columns(Tile tile, Size columns) {
  Size tiles = (columns + kMostColumns - 1) / kMostColumns;
  for (; tiles > 0; --tiles) {
    const Size now = (columns + tiles - 1) / tiles;  // nearly equal tiles: 10 are 5 and 5, not 6 and 4
    switch (now) {
      case 1:
        product_tile<1>(tile);
        break;
      case 2:
        product_tile<2>(tile);
        break;
      case 3:
        product_tile<3>(tile);
        break;
      case 4:
        product_tile<4>(tile);
        break;
      case 5:
        product_tile<5>(tile);
        break;
      default:
        product_tile<6>(tile);
        break;
    }
    tile.b += now * kPanel;
    tile.c += now * kPanel;
    columns -= now;
  }
}

Size smaller(Size a, Size b) { return a < b ? a : b; }

}  // namespace

void multiply(const PanelProduct<float>& p) {
  for (Size begin = 0; begin < p.columns; begin += kColumnBlock) {
    const Size columns = smaller(kColumnBlock, p.columns - begin);
    for (Size depth = 0; depth < p.depth_panels; depth += kDepthBlock) {
      const Size panels = smaller(kDepthBlock, p.depth_panels - depth);
      const float* b = p.b.data + depth * p.b.stride + begin * kPanel;
      for (Size row = 0; row < p.row_panels; ++row) {
        const float* a = p.a + (row * p.depth_panels + depth) * kPanel * kPanel;
        const float* start = p.start != nullptr && depth == 0 ? p.start + row * kPanel : nullptr;
        product_columns({a, b, p.b.stride, panels, start, p.c.data + row * p.c.stride + begin * kPanel}, columns);
      }
    }
  }
}

void multiply(const PanelOuter<float>& o) {
  const Size width = o.a_panels * kPanel;
  const Size blocks = (o.columns + kOuterBlock - 1) / kOuterBlock;
  Size begin = 0;
  for (Size block = 0; block < blocks; ++block) {
    const Size columns = (o.columns - begin) / (blocks - block);
    for (Size ap = 0; ap < o.a_panels; ++ap) {
      const float* a = o.a.data + ap * o.a.stride + begin * kPanel;
      for (Size bp = 0; bp < o.b_panels; ++bp) {
        const float* b = o.b.data + bp * o.b.stride + begin * kPanel;
        float* c = o.c + bp * kPanel * width + ap * kPanel;
        if (block == 0) {
          outer_panel<false>(a, b, columns, c, width);
        } else {
          outer_panel<true>(a, b, columns, c, width);
        }
      }
    }
    begin += columns;
  }
  if (blocks > 0) return;
  for (Size i = 0; i < o.b_panels * kPanel * width; ++i) o.c[i] = 0;
}

}  // namespace fedtide::kernels::avx2
