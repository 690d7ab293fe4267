#include "sim/model/losses/binary_cross_entropy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/model/losses/label_columns.h"
#include "sim/model/losses/read.h"

namespace fedtide {

template <class T>
Score BinaryCrossEntropy<T>::score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const {
  Score score;
  const Labels<T> labels(outputs, pass);
  for (Index j = 0; j < pass.count * outputs.steps; ++j) {
    const Index y = labels.of(j);
    FEDTIDE_REQUIRE(y < 2, "label {} of 2 classes", y);
    const double x = static_cast<double>(z[j]);
    if (y < 0) {
      z[j] = T(0);
      continue;
    }
    const double weight = y == 1 ? spec_.positive_weight : 1;
    // log(1 + e^x) - y x = max(x, 0) - y x + log(1 + e^-|x|)
    const double tail = std::exp(-std::abs(x));
    score.loss_sum += weight * (std::max(x, 0.0) - (y == 1 ? x : 0) + std::log1p(tail));
    score.correct += (y == 1 ? x > 0 : x <= 0) ? 1 : 0;
    score.count += 1;
    if (!want_delta) continue;
    const double s = (x >= 0 ? 1.0 : tail) / (1 + tail);
    z[j] = static_cast<T>(static_cast<double>(scale) * weight * (s - static_cast<double>(y)));
  }
  return score;
}

template class BinaryCrossEntropy<float>;
template class BinaryCrossEntropy<double>;

std::string BinaryCrossEntropyFactory::mismatch(const Shape& outputs, const InputShape& input) const {
  if (input.classes != 2) {
    return fmt::format("loss binary_cross_entropy needs labels of 2 classes, the data set has {}", input.classes);
  }
  if (outputs.channels != 1) {
    return fmt::format("loss binary_cross_entropy takes one output, got {}", outputs.channels);
  }
  if (const Index labels = predictions_of(outputs); labels != input.labels()) {
    return fmt::format("has {} predictions a sample for {} labels", labels, input.labels());
  }
  return "";
}

std::unique_ptr<const Loss<float>> BinaryCrossEntropyFactory::make_float(const Shape&) const {
  return std::make_unique<BinaryCrossEntropy<float>>(spec_);
}
std::unique_ptr<const Loss<double>> BinaryCrossEntropyFactory::make_double(const Shape&) const {
  return std::make_unique<BinaryCrossEntropy<double>>(spec_);
}

namespace {

std::shared_ptr<const LossFactory> read(Section& section) {
  BinaryCrossEntropySpec spec;
  spec.positive_weight = section.real("positive_weight", Number{1.0, positive(), "factor on the loss of label 1", ""});
  return std::make_shared<BinaryCrossEntropyFactory>(spec);
}

const Registration<LossEntry> entry{
    LossEntry{About{"binary_cross_entropy", "logistic loss on one output, for two classes", "Cox 1958"}, &read}};

}  // namespace
}  // namespace fedtide
