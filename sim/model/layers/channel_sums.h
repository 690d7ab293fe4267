#pragma once
// What normalization does channel by channel to x[channels, columns], channels fastest. Sums run over runs of kRun
// columns in T, vectorized over the channels, and over runs in double: their bits depend on the shape alone.

#include <algorithm>
#include <array>

#include "sim/base/vector.h"

namespace fedtide::channels {

inline constexpr Index kRun = 128;
inline constexpr Index kChunk = 64;

/// sum[channels] = sum over the columns of term(place in x, channel).
template <class T, class Term>
void sum(Index channels, Index columns, double* total, Term&& term) {
  std::array<T, kChunk> part;
  for (Index chunk = 0; chunk < channels; chunk += kChunk) {
    const Index count = std::min(kChunk, channels - chunk);
    std::fill_n(total + chunk, count, 0.0);
    for (Index run = 0; run < columns; run += kRun) {
      part.fill(T(0));
      for (Index j = run; j < std::min(columns, run + kRun); ++j) {
        T* const own = part.data();
        for (Index i = 0; i < count; ++i) own[i] += term(j * channels + chunk + i, chunk + i);
      }
      for (Index i = 0; i < count; ++i) total[chunk + i] += static_cast<double>(part[static_cast<std::size_t>(i)]);
    }
  }
}

/// Normalized values are (x - mean) * inverse, channel by channel.
template <class T>
struct Scaling {
  const T* mean;
  const T* inverse;  ///< 1 / sqrt(variance + epsilon)
};

/// y = gamma * normalized + beta.
template <class T>
void normalize(const T* x, Index channels, Index columns, Scaling<T> by, const T* gamma, const T* beta, T* y) {
  for (Index j = 0; j < columns; ++j, x += channels, y += channels) {
    for (Index c = 0; c < channels; ++c) y[c] = gamma[c] * ((x[c] - by.mean[c]) * by.inverse[c]) + beta[c];
  }
}

/// sums[channels] of dy, and of dy times normalized values: the gradients of beta and gamma.
template <class T>
void gradient_sums(const T* x, const T* dy, Index channels, Index columns, Scaling<T> by, double* of_beta,
                   double* of_gamma) {
  sum<T>(channels, columns, of_beta, [&](Index at, Index) { return dy[at]; });
  sum<T>(channels, columns, of_gamma,
         [&](Index at, Index c) { return dy[at] * ((x[at] - by.mean[c]) * by.inverse[c]); });
}

/// dx = inverse * (gamma dy - shift - slope * normalized), with the means of gamma dy, and of gamma dy times normalized
/// values, over what a statistic is taken of as shift and slope.
template <class T>
void backpropagate(const T* x, const T* dy, Index channels, Index columns, Scaling<T> by, const T* gamma,
                   const T* shift, const T* slope, T* dx) {
  for (Index j = 0; j < columns; ++j, x += channels, dy += channels, dx += channels) {
    for (Index c = 0; c < channels; ++c) {
      const T normalized = (x[c] - by.mean[c]) * by.inverse[c];
      dx[c] = by.inverse[c] * (gamma[c] * dy[c] - shift[c] - slope[c] * normalized);
    }
  }
}

}  // namespace fedtide::channels
