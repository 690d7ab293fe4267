// Rows as sums of rows: up to six rows of sixteen numbers in registers, or, where the terms are few, those.

#include "sim/model/kernels/avx2/dense.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

struct Terms {
  Index count;
  const float* coefficient;
  Index r_stride, s_stride;
  const float* b;
  Index b_stride;
};

/// R rows of c, 8 W numbers from column k on; the last vector only in the lanes of `lanes`.
template <int R, int W, bool Tail>
void tile(const Terms& terms, float* c, Index c_stride, __m256i lanes, bool overwrite) {
  V sum[R][W];
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) sum[r][v] = _mm256_setzero_ps();
  }
  for (Index s = 0; s < terms.count; ++s) {
    V row[W];
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) {
      const float* p = terms.b + s * terms.b_stride + v * kLanes;
      row[v] = Tail && v == W - 1 ? _mm256_maskload_ps(p, lanes) : _mm256_loadu_ps(p);
    }
    FEDTIDE_UNROLL
    for (int r = 0; r < R; ++r) {
      const V factor = _mm256_broadcast_ss(terms.coefficient + r * terms.r_stride + s * terms.s_stride);
      FEDTIDE_UNROLL
      for (int v = 0; v < W; ++v) sum[r][v] = _mm256_fmadd_ps(factor, row[v], sum[r][v]);
    }
  }
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) {
      float* p = c + r * c_stride + v * kLanes;
      if (Tail && v == W - 1) {
        const V before = overwrite ? _mm256_setzero_ps() : _mm256_maskload_ps(p, lanes);
        _mm256_maskstore_ps(p, lanes, _mm256_add_ps(before, sum[r][v]));
      } else {
        const V before = overwrite ? _mm256_setzero_ps() : _mm256_loadu_ps(p);
        _mm256_storeu_ps(p, _mm256_add_ps(before, sum[r][v]));
      }
    }
  }
}

/// Many rows of few terms, 16 numbers from column k on: here the rows of b stay in registers. Overwrites.
template <int S>
void short_sums(Index rows, const Terms& terms, float* c, Index c_stride) {
  V b[S][2];
  FEDTIDE_UNROLL
  for (int s = 0; s < S; ++s) {
    b[s][0] = _mm256_loadu_ps(terms.b + s * terms.b_stride);
    b[s][1] = _mm256_loadu_ps(terms.b + s * terms.b_stride + kLanes);
  }
  const Index r_stride = terms.r_stride, s_stride = terms.s_stride;
  const float* coefficient = terms.coefficient;
  for (Index r = 0; r < rows; ++r, coefficient += r_stride, c += c_stride) {
    V low = _mm256_setzero_ps(), high = _mm256_setzero_ps();
    FEDTIDE_UNROLL
    for (int s = 0; s < S; ++s) {
      const V factor = _mm256_broadcast_ss(coefficient + s * s_stride);
      low = _mm256_fmadd_ps(factor, b[s][0], low);
      high = _mm256_fmadd_ps(factor, b[s][1], high);
    }
    _mm256_storeu_ps(c, low);
    _mm256_storeu_ps(c + kLanes, high);
  }
}

constexpr int kShort = 6;  ///< terms whose rows stay in registers

template <int S>
void short_sums_of(Index rows, Terms terms, float* c, Index c_stride, Index length) {
  if constexpr (S > 0) {
    if (terms.count != S) return short_sums_of<S - 1>(rows, terms, c, c_stride, length);
    for (Index k = 0; k < length; k += 2 * kLanes, terms.b += 2 * kLanes) short_sums<S>(rows, terms, c + k, c_stride);
  }
}

template <int R>
void rows_of(Terms terms, float* c, Index c_stride, Index length, bool overwrite) {
  Index k = 0;
  for (; k + 2 * kLanes <= length; k += 2 * kLanes) {
    tile<R, 2, false>(terms, c + k, c_stride, __m256i(), overwrite);
    terms.b += 2 * kLanes;
  }
  if (length - k > kLanes) {
    tile<R, 2, true>(terms, c + k, c_stride, first_lanes(length - k - kLanes), overwrite);
  } else if (length > k) {
    tile<R, 1, true>(terms, c + k, c_stride, first_lanes(length - k), overwrite);
  }
}

}  // namespace

void combine(Index rows, Index terms, const float* coefficient, Index r_stride, Index s_stride, const float* b,
             Index b_stride, float* c, Index c_stride, Index length, bool overwrite) {
  if (overwrite && terms > 0 && terms <= kShort && rows > 2 && length % (2 * kLanes) == 0) {
    return short_sums_of<kShort>(rows, {terms, coefficient, r_stride, s_stride, b, b_stride}, c, c_stride, length);
  }
  const Index groups = (rows + 5) / 6;
  for (Index g = 0, r = 0; g < groups; ++g) {
    const Index many = (rows - r + groups - g - 1) / (groups - g);  // as even as can be
    const Terms part{terms, coefficient + r * r_stride, r_stride, s_stride, b, b_stride};
    float* out = c + r * c_stride;
    switch (many) {
      case 1:
        rows_of<1>(part, out, c_stride, length, overwrite);
        break;
      case 2:
        rows_of<2>(part, out, c_stride, length, overwrite);
        break;
      case 3:
        rows_of<3>(part, out, c_stride, length, overwrite);
        break;
      case 4:
        rows_of<4>(part, out, c_stride, length, overwrite);
        break;
      case 5:
        rows_of<5>(part, out, c_stride, length, overwrite);
        break;
      default:
        rows_of<6>(part, out, c_stride, length, overwrite);
        break;
    }
    r += many;
  }
}

}  // namespace fedtide::kernels::avx2
