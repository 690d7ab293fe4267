#pragma once
// What the generators of linear models share: known coefficients and standard normal features.

#include <cstdint>
#include <vector>

#include "sim/base/random.h"
#include "sim/base/vector.h"
#include "sim/config/section.h"

namespace fedtide {

/// Keys and numbers that generators of samples of a linear function x -> w x have in common.
struct LinearOptions {
  std::uint32_t samples = 0;
  std::uint32_t test_samples = 0;
  std::uint32_t features = 0;
  std::vector<double> coefficients;  ///< [features] w; empty: drawn
};

/// Reads samples, test_samples, features, coefficients.
LinearOptions read_linear_options(Section& section);

/// [features] those given, else drawn as N(0, 1) from the stream (seed, dataset, 0).
Vector<double> coefficients_of(const LinearOptions& options, std::uint64_t seed);

/// [features, samples] drawn as N(0, 1), rounded to float; and w x of each, of the rounded numbers.
struct LinearSamples {
  Matrix<float> features;
  Vector<double> products;
};
LinearSamples draw_linear(const Vector<double>& coefficients, std::uint32_t samples, Stream& stream);

}  // namespace fedtide
