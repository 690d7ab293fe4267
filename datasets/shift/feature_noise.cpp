// Feature noise: Gaussian noise on every feature, more of it at each further client.
// Li, Diao, Chen, He: Federated learning on Non-IID data silos: an experimental study. ICDE 2022 (arXiv 2102.02079),
// "NIID-Bench", noise-based feature imbalance.
//
// Rule: the features of client i of N, counted from 1, get noise of mean 0 and variance sigma i / N; without `graded`,
// variance sigma at every client. A sample has the same noise each time it is read. Streams (seed, shift, client,
// sample), two normals from each pair of uniforms.

#include <cmath>
#include <memory>
#include <numbers>

#include "sim/base/distributions.h"
#include "sim/learn/shift.h"

namespace fedtide {
namespace {

class FeatureNoise final : public FeatureShift<FeatureNoise> {
 public:
  FeatureNoise(double variance, bool graded) : variance_(variance), graded_(graded) {}

  template <class T>
  void apply(const ShiftSubject& who, std::span<T> x) const {
    const double grade = graded_ ? (who.client + 1.0) / who.clients : 1.0;
    const double sd = std::sqrt(variance_ * grade);
    Stream stream = who.of_sample();
    for (std::size_t i = 0; i < x.size(); i += 2) {
      const double radius = sd * std::sqrt(-2 * std::log(uniform_open(stream)));
      const double angle = 2 * std::numbers::pi * uniform(stream);
      x[i] += static_cast<T>(radius * std::cos(angle));
      if (i + 1 < x.size()) x[i + 1] += static_cast<T>(radius * std::sin(angle));
    }
  }

 private:
  double variance_;
  bool graded_;
};

std::unique_ptr<Shift> read(Section& section) {
  const double variance = section.real("variance", {0.1, non_negative(), "of the noise at the last client",
                                                    "Li, Diao, Chen, He 2022, arXiv 2102.02079"});
  const bool graded = section.flag("graded", {true, "client i of N has i / N of the variance; else all of it", ""});
  return std::make_unique<FeatureNoise>(variance, graded);
}

const Registration<ShiftEntry> entry{
    {{"feature_noise", "Gaussian noise on dense features, its variance growing with the client's number",
      "Li, Diao, Chen, He 2022, arXiv 2102.02079 (NIID-Bench)"},
     read}};

}  // namespace
}  // namespace fedtide
