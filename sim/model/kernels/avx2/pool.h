#pragma once
// The end of a forward pass: bias, the largest of four, ReLU, and where it was.

#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

/// Eight channels of one pooled pixel from the sums of its four places; stores the first `count` of them.
[[maybe_unused]] inline void pool(V at0, V at1, V at2, V at3, V bias, Index count, float* y, std::uint8_t* place) {
  V best = at0;
  V where = _mm256_setzero_ps();
  const auto challenge = [&](V value, int index) {
    const V wins = _mm256_cmp_ps(value, best, _CMP_GT_OQ);
    best = _mm256_max_ps(best, value);
    where = _mm256_blendv_ps(where, _mm256_castsi256_ps(_mm256_set1_epi32(index)), wins);
  };
  challenge(at1, 1);
  challenge(at2, 2);
  challenge(at3, 3);
  best = _mm256_add_ps(best, bias);
  const V active = _mm256_cmp_ps(best, _mm256_setzero_ps(), _CMP_GT_OQ);
  where = _mm256_blendv_ps(_mm256_castsi256_ps(_mm256_set1_epi32(4)), where, active);
  best = _mm256_max_ps(_mm256_setzero_ps(), best);  // keeps what is not a number
  if (count >= kLanes) {
    _mm256_storeu_ps(y, best);
  } else {
    _mm256_maskstore_ps(y, first_lanes(count), best);
  }
  const __m256i places = _mm256_castps_si256(where);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(places), _mm256_extracti128_si256(places, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(place), _mm_packus_epi16(words, words));
}

[[maybe_unused]] inline V load_bias(const float* bias, Index channel, Index out) {
  if (bias == nullptr) return _mm256_setzero_ps();
  return _mm256_maskload_ps(bias + channel, first_lanes(out - channel < kLanes ? out - channel : kLanes));
}

}  // namespace
}  // namespace fedtide::kernels::avx2
