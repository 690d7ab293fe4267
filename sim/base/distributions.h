#pragma once
// Distributions over a Stream. Our own and documented, since the standard library's differ between vendors: the number
// of draws and the arithmetic of each are part of the result format.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/base/random.h"

namespace fedtide {

/// Uniform in [0, 1): the upper 53 bits of two words.
inline double uniform(Stream& stream) { return static_cast<double>(stream.next64() >> 11) * 0x1p-53; }
/// Uniform in (0, 1): never 0, for logarithms; the middles of 2^52 equal intervals.
inline double uniform_open(Stream& stream) { return (static_cast<double>(stream.next64() >> 12) + 0.5) * 0x1p-52; }
/// Uniform in {0, .., n-1}, unbiased (Lemire 2019). n > 0. One word a try.
std::uint32_t uniform_below(Stream& stream, std::uint32_t n);
/// The same for any n > 0; takes uniform_below's path, and words, where n has 32 bits.
std::uint64_t uniform_below64(Stream& stream, std::uint64_t n);

/// Standard normal: Box-Muller, one value a call (two uniforms).
double normal(Stream& stream);
/// exp(mu + sigma N(0,1)).
double lognormal(Stream& stream, double mu, double sigma);
/// Exponential with the given mean.
double exponential(Stream& stream, double mean);
/// Gamma(shape, scale 1): Marsaglia and Tsang 2000, boosted for shape < 1. shape > 0.
double gamma(Stream& stream, double shape);
/// log of a Gamma(shape, 1) draw; exact for tiny shapes, where the draw itself underflows (below 1e-306 it draws as for
/// 1e-306).
double log_gamma_draw(Stream& stream, double shape);
/// Dirichlet with concentrations alpha[k] > 0 into out[k]; sums to 1; computed in logs, so alpha = 1e-300 works.
void dirichlet(Stream& stream, std::span<const double> alpha, std::span<double> out);
/// Poisson-sampled subset of {0, .., n-1}: each index on its own with probability q, by geometric skips, O(q n),
/// ascending.
std::vector<std::uint32_t> bernoulli_subset(Stream& stream, std::uint32_t n, double q);

/// Fisher-Yates.
template <class T>
void shuffle(Stream& stream, std::span<T> values) {
  for (std::size_t left = values.size(); left > 1; --left) {
    const auto pick = static_cast<std::size_t>(uniform_below64(stream, left));
    std::swap(values[left - 1], values[pick]);
  }
}

/// k different values of {0, .., n-1} in random order, O(k) time and memory (Floyd's method, then a shuffle). k <= n.
std::vector<std::uint32_t> sample_without_replacement(Stream& stream, std::uint32_t n, std::uint32_t k);

/// An index drawn with probability weight[i] / sum(weight). Weights are finite, at least 0, and not all 0. O(n).
std::size_t categorical(Stream& stream, std::span<const double> weight);

}  // namespace fedtide
