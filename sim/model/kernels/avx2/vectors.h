#pragma once
// What the AVX2 files share. Everything has internal linkage (see avx2/dense.h).

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

/// Before a loop of constant length over an array of vectors: unrolled early, or the array is kept in memory.
#if defined(__clang__)
#define FEDTIDE_UNROLL _Pragma("unroll")
#else
#define FEDTIDE_UNROLL _Pragma("GCC unroll 16")
#endif

namespace fedtide::kernels::avx2 {
namespace {

using Index = std::ptrdiff_t;
using V = __m256;

constexpr Index kLanes = 8;

/// Lanes 0 .. n - 1 on, 0 <= n <= 8.
[[maybe_unused]] inline __m256i first_lanes(Index n) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lanes);
}

/// The sums of four vectors' lanes.
[[maybe_unused]] inline __m128 sum4(V a, V b, V c, V d) {
  const V all = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
}

[[maybe_unused]] inline float sum1(V a) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  half = _mm_add_ss(half, _mm_movehdup_ps(half));
  return _mm_cvtss_f32(half);
}

/// Rows this far apart fall into few sets of the L1 cache: a part of many rows does not stay there unless it is copied.
[[maybe_unused]] inline bool collides(Index stride) { return stride % 256 == 0; }

/// 8 W numbers of each row, behind each other. Asks for the same part of the rows `ahead`, which no hardware foresees.
template <int W>
inline void copy_rows(const float* from, Index rows, Index stride, float* to, Index ahead = 0) {
  for (Index k = 0; k < rows; ++k) {
    if (ahead > 0) {
      for (Index v = 0; v < W * kLanes + 8; v += 16) {
        _mm_prefetch(reinterpret_cast<const char*>(from + (k + ahead) * stride + v), _MM_HINT_T1);
      }
    }
    for (int v = 0; v < W; ++v) {
      _mm256_store_ps(to + (k * W + v) * kLanes, _mm256_loadu_ps(from + k * stride + v * kLanes));
    }
  }
}

}  // namespace
}  // namespace fedtide::kernels::avx2
