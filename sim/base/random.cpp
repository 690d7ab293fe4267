#include "sim/base/random.h"

#include <Random123/philox.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "sim/base/error.h"

namespace fedtide {

Stream Stream::keyed(std::uint64_t salt) const {
  // No stream has purpose 0: these words are no one's draws.
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(salt), 0, static_cast<std::uint32_t>(salt >> 32), 0}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(counter, key);
  const std::uint64_t seed = (std::uint64_t{words[1]} << 32) | words[0];
  return {seed, static_cast<Purpose>(purpose_), who_, turn_};
}

void Stream::refill() {
  FEDTIDE_REQUIRE(block_ != 0xffffffffu, "a random stream of purpose {} is used up after 2^34 words", purpose_);
  const r123::Philox4x32::ctr_type counter = {{block_, purpose_, who_, turn_}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(counter, key);
  for (std::size_t i = 0; i < 4; ++i) buffer_[i] = words[i];
  ++block_;
  used_ = 0;
}

namespace {

#ifdef __AVX2__
// Random123's loops over one block do not become vector code; here each 64-bit lane holds a word of another block, in
// its low half.
constexpr std::uint32_t kLanes = 16;  // blocks at a time
constexpr std::uint32_t kRegisters = kLanes / 4;

/// The blocks [first, first + kLanes) of Philox 4x32-10.
void philox_lanes(std::uint32_t first, const std::array<std::uint32_t, 3>& name, std::uint64_t seed,
                  std::uint32_t* out) {
  const __m256i m0 = _mm256_set1_epi64x(PHILOX_M4x32_0), m1 = _mm256_set1_epi64x(PHILOX_M4x32_1);
  __m256i c0[kRegisters], c1[kRegisters], c2[kRegisters], c3[kRegisters];
  for (std::uint32_t r = 0; r < kRegisters; ++r) {
    const std::uint32_t block = first + 4 * r;
    c0[r] = _mm256_set_epi64x(block + 3, block + 2, block + 1, block);
    c1[r] = _mm256_set1_epi64x(name[0]);
    c2[r] = _mm256_set1_epi64x(name[1]);
    c3[r] = _mm256_set1_epi64x(name[2]);
  }
  auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round, k0 += PHILOX_W32_0, k1 += PHILOX_W32_1) {
    const __m256i key0 = _mm256_set1_epi64x(k0), key1 = _mm256_set1_epi64x(k1);
    for (std::uint32_t r = 0; r < kRegisters; ++r) {
      const __m256i p0 = _mm256_mul_epu32(m0, c0[r]), p1 = _mm256_mul_epu32(m1, c2[r]);
      c0[r] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[r]), key0);
      c1[r] = p1;
      c2[r] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[r]), key1);
      c3[r] = p0;
    }
  }
  for (std::uint32_t r = 0; r < kRegisters; ++r) {
    const __m256i low = _mm256_blend_epi32(c0[r], _mm256_slli_epi64(c1[r], 32), 0xaa);   // words 0 and 1 of each block
    const __m256i high = _mm256_blend_epi32(c2[r], _mm256_slli_epi64(c3[r], 32), 0xaa);  // words 2 and 3
    const __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);
    auto* to = reinterpret_cast<__m256i*>(out + 16 * r);
    _mm256_storeu_si256(to, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(even, odd, 0x31));
  }
}
#endif

}  // namespace

void Stream::fill(std::span<std::uint32_t> out) {
  std::size_t at = 0;
  while (used_ < 4 && at < out.size()) out[at++] = buffer_[used_++];
#ifdef __AVX2__
  for (; at + 4 * kLanes <= out.size(); at += 4 * kLanes) {
    FEDTIDE_REQUIRE(block_ <= 0xffffffffu - kLanes, "a random stream of purpose {} is used up", purpose_);
    philox_lanes(block_, {purpose_, who_, turn_}, seed_, out.data() + at);
    block_ += kLanes;
  }
#endif
  while (at < out.size()) out[at++] = next32();
}

}  // namespace fedtide
