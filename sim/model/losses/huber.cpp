// Huber's loss: squared for small residuals, absolute for large ones.
// Huber: Robust Estimation of a Location Parameter. Annals of Mathematical Statistics 35, 1964:
//
//   f(r) = r^2 / 2 for |r| <= delta, else delta (|r| - delta / 2)

#include <algorithm>
#include <cmath>

#include "sim/model/losses/read.h"
#include "sim/model/losses/residual.h"

namespace fedtide {

std::shared_ptr<const LossFactory> huber_loss(double delta) {
  static constexpr ResidualForm form{
      [](double r, double d) { return std::abs(r) <= d ? 0.5 * r * r : d * (std::abs(r) - 0.5 * d); },
      [](double r, double d) { return std::clamp(r, -d, d); }};
  return std::make_shared<ResidualLossFactory>("huber", form, delta);
}

namespace {

std::shared_ptr<const LossFactory> read(Section& section) {
  return huber_loss(
      section.real("delta", Number{1.0, positive(), "residual beyond which the loss grows linearly", "Huber 1964"}));
}

const Registration<LossEntry> entry{
    LossEntry{About{"huber", "squared for small residuals, absolute for large ones", "Huber 1964"}, &read}};

}  // namespace
}  // namespace fedtide
