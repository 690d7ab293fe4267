#include "sim/model/losses/weighted_cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/model/losses/label_columns.h"

namespace fedtide {

template <class T>
Score WeightedCrossEntropy<T>::score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const {
  Score score;
  const Index classes = outputs.channels;
  const Labels<T> labels(outputs, pass);
  const double spread = spec_.label_smoothing / static_cast<double>(classes), kept = 1 - spec_.label_smoothing;
  for (Index j = 0; j < pass.count * outputs.steps; ++j) {
    const Index label = labels.of(j);
    T* column = z + j * classes;
    if (label < 0) {
      std::fill_n(column, classes, T(0));
      continue;
    }
    FEDTIDE_REQUIRE(label < classes, "label {} of {} classes", label, classes);
    if (is_largest(column, classes, label)) score.correct += 1;
    const double largest = static_cast<double>(*std::max_element(column, column + classes));
    double sum = 0, targets = 0, along = 0;  // of exp(z - largest), t, t (z - largest)
    for (Index c = 0; c < classes; ++c) {
      const double t = weight(c) * (spread + (c == label ? kept : 0));
      const double shifted = static_cast<double>(column[c]) - largest;
      sum += std::exp(shifted);
      targets += t;
      along += t > 0 ? t * shifted : 0;
    }
    score.loss_sum += targets * std::log(sum) - along;
    score.count += 1;
    if (!want_delta) continue;
    for (Index c = 0; c < classes; ++c) {
      const double t = weight(c) * (spread + (c == label ? kept : 0));
      const double p = std::exp(static_cast<double>(column[c]) - largest) / sum;
      column[c] = static_cast<T>(static_cast<double>(scale) * (targets * p - t));
    }
  }
  return score;
}

template class WeightedCrossEntropy<float>;
template class WeightedCrossEntropy<double>;

}  // namespace fedtide
