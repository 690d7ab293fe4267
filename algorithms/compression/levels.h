#pragma once
// Random rounding to 2^b levels between the smallest and the largest of some values, which are sent with the codes.
// Suresh, Yu, Kumar, McMahan: Distributed Mean Estimation with Limited Communication. ICML 2017, section 2.2.

#include "algorithms/compression/buckets.h"

namespace fedtide {

/// k - 1 of k = 2^b levels.
inline int most_level(int bits) { return (1 << bits) - 1; }

/// Of n values.
inline std::size_t levels_bytes(std::size_t n, int bits) { return 2 * sizeof(float) + packed_bytes(n, bits); }

/// x [n], n <= kMostBucket; out [levels_bytes(n, bits)]
inline void put_levels(const float* x, std::size_t n, int bits, Stream& stream, std::byte* out) {
  const Eigen::Map<const Eigen::ArrayXf> values(x, static_cast<Index>(n));
  const float low = values.minCoeff();
  const float step = (values.maxCoeff() - low) / static_cast<float>(most_level(bits));
  put(out, low);
  put(out, step);
  Codes codes;
  round_stochastically(x, n, low, quotient(1, step), 0, most_level(bits), stream, codes.data());
  pack(codes.data(), n, bits, out);
}

inline void take_levels(const std::byte* in, std::size_t n, int bits, float* x) {
  const float low = take(in);
  const float step = take(in);
  Codes codes;
  unpack(in, n, bits, codes.data());
  for (std::size_t i = 0; i < n; ++i) x[i] = low + step * static_cast<float>(codes[i]);
}

}  // namespace fedtide
