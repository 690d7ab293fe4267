// Feature shift: each client sees features through its own gain and offset, as cameras and sensors do.
// Kairouz et al.: Advances and open problems in federated learning. 2021 (arXiv 1912.04977), section 3.1, "feature
// distribution skew".
//
// Rule: client i reads exp(a_i) x + b_i for every feature x, with a_i ~ N(0, gain_sd^2) and b_i ~ N(0, offset_sd^2).
// Streams (seed, shift, client).

#include <cmath>
#include <memory>

#include "sim/base/distributions.h"
#include "sim/learn/shift.h"

namespace fedtide {
namespace {

class Affine final : public FeatureShift<Affine> {
 public:
  Affine(double gain_sd, double offset_sd) : gain_sd_(gain_sd), offset_sd_(offset_sd) {}

  template <class T>
  void apply(const ShiftSubject& who, std::span<T> x) const {
    Stream stream = who.of(who.client);
    const auto gain = static_cast<T>(std::exp(gain_sd_ * normal(stream)));
    const auto offset = static_cast<T>(offset_sd_ * normal(stream));
    for (T& value : x) value = gain * value + offset;
  }

 private:
  double gain_sd_;
  double offset_sd_;
};

std::unique_ptr<Shift> read(Section& section) {
  const double gain =
      section.real("gain_sd", {0.2, between(0, 10), "standard deviation of the logarithm of the gain", ""});
  const double offset = section.real("offset_sd", {0.2, non_negative(), "standard deviation of the offset", ""});
  return std::make_unique<Affine>(gain, offset);
}

const Registration<ShiftEntry> entry{{{"feature_shift", "a gain and an offset of each client on dense features",
                                       "Kairouz et al. 2021, arXiv 1912.04977"},
                                      read}};

}  // namespace
}  // namespace fedtide
