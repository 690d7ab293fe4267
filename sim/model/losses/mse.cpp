// Mean squared error: f(r) = r^2. Legendre 1805, Gauss 1809.

#include "sim/model/losses/read.h"
#include "sim/model/losses/residual.h"

namespace fedtide {

std::shared_ptr<const LossFactory> mean_squared_error() {
  static constexpr ResidualForm form{[](double r, double) { return r * r; }, [](double r, double) { return 2 * r; }};
  return std::make_shared<ResidualLossFactory>("mse", form);
}

namespace {

const Registration<LossEntry> entry{LossEntry{About{"mse", "mean squared error of the numbers to predict", ""},
                                              [](Section&) { return mean_squared_error(); }}};

}  // namespace
}  // namespace fedtide
