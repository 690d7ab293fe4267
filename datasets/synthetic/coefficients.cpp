#include "datasets/synthetic/coefficients.h"

#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {

LinearOptions read_linear_options(Section& section) {
  LinearOptions o;
  o.samples = static_cast<std::uint32_t>(section.whole("samples", {2000, between(1, 1e9), "samples for training", ""}));
  o.test_samples =
      static_cast<std::uint32_t>(section.whole("test_samples", {500, between(0, 1e9), "samples for testing", ""}));
  o.features = static_cast<std::uint32_t>(section.whole("features", {10, between(1, 1e6), "features of a sample", ""}));
  o.coefficients = section.reals(
      "coefficients", {}, {std::nullopt, anything(), "of the features; drawn as N(0, 1) when none are given", ""});
  if (!o.coefficients.empty() && o.coefficients.size() != o.features && !section.describing()) {
    section.reject("coefficients", fmt::format("{} coefficients for {} features; give one for each, or none",
                                               o.coefficients.size(), o.features));
  }
  return o;
}

Vector<double> coefficients_of(const LinearOptions& options, std::uint64_t seed) {
  Vector<double> w(options.features);
  Stream stream(seed, Purpose::dataset, 0);
  for (Index i = 0; i < w.size(); ++i) {
    w[i] = options.coefficients.empty() ? normal(stream) : options.coefficients[static_cast<std::size_t>(i)];
  }
  return w;
}

LinearSamples draw_linear(const Vector<double>& coefficients, std::uint32_t samples, Stream& stream) {
  LinearSamples drawn{Matrix<float>(coefficients.size(), samples), Vector<double>::Zero(samples)};
  for (Index j = 0; j < static_cast<Index>(samples); ++j) {
    for (Index i = 0; i < coefficients.size(); ++i) {
      drawn.features(i, j) = static_cast<float>(normal(stream));
      drawn.products[j] += coefficients[i] * static_cast<double>(drawn.features(i, j));
    }
  }
  return drawn;
}

}  // namespace fedtide
