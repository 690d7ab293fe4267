// Dot products of a few rows with a few rows: two rows of `a` against up to six of `b` in registers, so that each load
// serves several products.

#include "sim/model/kernels/avx2/dense.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

template <int R, int N>
void tile(const float* a, Index a_stride, const float* b, Index b_stride, Index length, float* c, Index c_stride) {
  V sum[R][N];
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    FEDTIDE_UNROLL
    for (int j = 0; j < N; ++j) sum[r][j] = _mm256_setzero_ps();
  }
  const auto add = [&](auto load, Index k) {
    V left[R];
    FEDTIDE_UNROLL
    for (int r = 0; r < R; ++r) left[r] = load(a + r * a_stride + k);
    FEDTIDE_UNROLL
    for (int j = 0; j < N; ++j) {
      const V right = load(b + j * b_stride + k);
      FEDTIDE_UNROLL
      for (int r = 0; r < R; ++r) sum[r][j] = _mm256_fmadd_ps(left[r], right, sum[r][j]);
    }
  };
  Index k = 0;
  for (; k + kLanes <= length; k += kLanes) add([](const float* p) { return _mm256_loadu_ps(p); }, k);
  if (k < length) {
    const __m256i lanes = first_lanes(length - k);
    add([lanes](const float* p) { return _mm256_maskload_ps(p, lanes); }, k);
  }
  FEDTIDE_UNROLL
  for (int r = 0; r < R; ++r) {
    int j = 0;
    for (; j + 4 <= N; j += 4) {
      float sums[4];
      _mm_storeu_ps(sums, sum4(sum[r][j], sum[r][j + 1], sum[r][j + 2], sum[r][j + 3]));
      FEDTIDE_UNROLL
      for (int i = 0; i < 4; ++i) c[(j + i) * c_stride + r] = sums[i];
    }
    for (; j < N; ++j) c[j * c_stride + r] = sum1(sum[r][j]);
  }
}

template <int N>
void columns(const float* a, Index rows, Index a_stride, const float* b, Index b_stride, Index length, float* c,
             Index c_stride) {
  Index r = 0;
  for (; r + 2 <= rows; r += 2) tile<2, N>(a + r * a_stride, a_stride, b, b_stride, length, c + r, c_stride);
  if (r < rows) tile<1, N>(a + r * a_stride, a_stride, b, b_stride, length, c + r, c_stride);
}

}  // namespace

void dots(const float* a, Index rows, Index a_stride, const float* b, Index n, Index b_stride, Index length, float* c,
          Index c_stride) {
  const Index groups = (n + 5) / 6;
  for (Index g = 0, j = 0; g < groups; ++g) {
    const Index many = (n - j + groups - g - 1) / (groups - g);  // as even as can be
    const float* part = b + j * b_stride;
    float* out = c + j * c_stride;
    switch (many) {
      case 1:
        columns<1>(a, rows, a_stride, part, b_stride, length, out, c_stride);
        break;
      case 2:
        columns<2>(a, rows, a_stride, part, b_stride, length, out, c_stride);
        break;
      case 3:
        columns<3>(a, rows, a_stride, part, b_stride, length, out, c_stride);
        break;
      case 4:
        columns<4>(a, rows, a_stride, part, b_stride, length, out, c_stride);
        break;
      case 5:
        columns<5>(a, rows, a_stride, part, b_stride, length, out, c_stride);
        break;
      default:
        columns<6>(a, rows, a_stride, part, b_stride, length, out, c_stride);
        break;
    }
    j += many;
  }
}

}  // namespace fedtide::kernels::avx2
