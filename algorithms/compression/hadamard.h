#pragma once
// The randomized Hadamard rotation: R = H D / sqrt(n), n a power of two, D random signs, H Sylvester's matrix. It
// spreads a vector's norm over all elements, so that a quantizer meets no outliers. Suresh et al., ICML 2017,
// section 3.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "sim/base/random.h"

namespace fedtide {

/// Eight neighbors; the three lowest levels of the transform are within them.
using Eight [[gnu::vector_size(32)]] = float;

inline Eight hadamard_of_eight(Eight v) {
  const Eight one = {1, -1, 1, -1, 1, -1, 1, -1}, two = {1, 1, -1, -1, 1, 1, -1, -1},
              four = {1, 1, 1, 1, -1, -1, -1, -1};
  v = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6) + one * v;
  v = __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5) + two * v;
  return __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3) + four * v;
}

/// x <- H x / sqrt(n), in place; its own inverse. n a power of two.
inline void hadamard(float* x, std::size_t n) {
  std::size_t h = 1;
  if (n >= 8) {
    for (std::size_t i = 0; i < n; i += 8) {
      Eight v;
      std::memcpy(&v, x + i, sizeof v);
      v = hadamard_of_eight(v);
      std::memcpy(x + i, &v, sizeof v);
    }
    h = 8;
  }
  for (; 4 * h <= n; h *= 4) {  // two levels in one pass over memory
    for (std::size_t i = 0; i < n; i += 4 * h) {
      float* __restrict a = x + i;
      float* __restrict b = a + h;
      float* __restrict c = b + h;
      float* __restrict d = c + h;
      for (std::size_t j = 0; j < h; ++j) {
        const float ab = a[j] + b[j], a_b = a[j] - b[j], cd = c[j] + d[j], c_d = c[j] - d[j];
        a[j] = ab + cd;
        b[j] = a_b + c_d;
        c[j] = ab - cd;
        d[j] = a_b - c_d;
      }
    }
  }
  if (h < n) {
    float* __restrict a = x;
    float* __restrict b = x + h;
    for (std::size_t j = 0; j < h; ++j) {
      const float sum = a[j] + b[j], difference = a[j] - b[j];
      a[j] = sum;
      b[j] = difference;
    }
  }
  const float scale = 1 / std::sqrt(static_cast<float>(n));
  for (std::size_t i = 0; i < n; ++i) x[i] *= scale;
}

/// x <- D x, 32 signs a word. Of both sides' streams.
inline void flip_signs(Stream& stream, float* x, std::size_t n) {
  constexpr std::size_t kSigns = 32;
  std::array<std::uint32_t, 128> words;
  const std::size_t whole = n / kSigns;
  const auto flip = [](float value, std::uint32_t word, std::size_t bit) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ ((word << (31 - bit)) & 0x80000000u));
  };
  for (std::size_t begin = 0; begin < whole; begin += words.size()) {
    const std::size_t size = std::min(words.size(), whole - begin);
    stream.fill(std::span(words).first(size));
    for (std::size_t w = 0; w < size; ++w) {
      float* const v = x + kSigns * (begin + w);
      for (std::size_t bit = 0; bit < kSigns; ++bit) v[bit] = flip(v[bit], words[w], bit);
    }
  }
  const std::size_t rest = kSigns * whole;
  if (rest == n) return;
  const std::uint32_t word = stream.next32();
  for (std::size_t bit = 0; rest + bit < n; ++bit) x[rest + bit] = flip(x[rest + bit], word, bit);
}

/// Longest block that is rotated as one; a power of two.
inline constexpr std::size_t kMostRotated = 4096;

/// n elements in a block of the next power of two, with zeros behind.
struct Rotated {
  std::array<float, kMostRotated> values;
  std::size_t size = 0;  ///< power of two

  explicit Rotated(std::size_t n) : size(std::bit_ceil(n)) {}
  void rotate(const float* x, std::size_t n, Stream& stream) {
    std::copy(x, x + n, values.begin());
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(n), values.begin() + static_cast<std::ptrdiff_t>(size),
              0.0f);
    flip_signs(stream, values.data(), size);
    hadamard(values.data(), size);
  }
  void rotate_back(Stream& stream, float* x, std::size_t n) {
    hadamard(values.data(), size);
    flip_signs(stream, values.data(), size);
    std::copy(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n), x);
  }
};

}  // namespace fedtide
