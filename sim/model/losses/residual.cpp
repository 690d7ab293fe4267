#include "sim/model/losses/residual.h"

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/model/losses/label_columns.h"

namespace fedtide {

template <class T>
Score ResidualLoss<T>::score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const {
  const Index targets = outputs.channels;
  FEDTIDE_REQUIRE(pass.batch->targets.rows() == targets && pass.batch->targets.cols() >= pass.begin + pass.count,
                  "{} x {} targets for {} outputs of {} samples", pass.batch->targets.rows(),
                  pass.batch->targets.cols(), targets, pass.begin + pass.count);
  const T* y = pass.batch->targets.data() + pass.begin * targets;
  const double mean = 1 / static_cast<double>(targets);
  Score score;
  for (Index j = 0; j < pass.count; ++j) {
    double sum = 0;
    for (Index i = j * targets; i < (j + 1) * targets; ++i) {
      const double r = static_cast<double>(z[i]) - static_cast<double>(y[i]);
      sum += form_.loss(r, parameter_);
      if (want_delta) z[i] = static_cast<T>(static_cast<double>(scale) * mean * form_.slope(r, parameter_));
    }
    score.loss_sum += mean * sum;
  }
  score.count = static_cast<double>(pass.count);
  return score;
}

template class ResidualLoss<float>;
template class ResidualLoss<double>;

std::string ResidualLossFactory::mismatch(const Shape& outputs, const InputShape& input) const {
  if (input.survival) {
    return fmt::format(
        "loss {} predicts numbers, and the data set has survival times, of which some are only bounds; "
        "use the loss cox",
        name_);
  }
  if (input.targets < 1) {
    const std::string has = input.classes > 0 ? fmt::format("labels of {} classes", input.classes) : "none";
    return fmt::format("loss {} needs numbers to predict, the data set has {}", name_, has);
  }
  if (outputs.channels != input.targets || predictions_of(outputs) != 1) {
    return fmt::format("loss {} takes one output for each of {} targets, got {}", name_, input.targets, outputs.text());
  }
  return "";
}

std::unique_ptr<const Loss<float>> ResidualLossFactory::make_float(const Shape&) const {
  return std::make_unique<ResidualLoss<float>>(form_, parameter_);
}
std::unique_ptr<const Loss<double>> ResidualLossFactory::make_double(const Shape&) const {
  return std::make_unique<ResidualLoss<double>>(form_, parameter_);
}

}  // namespace fedtide
