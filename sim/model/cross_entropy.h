#pragma once
// Softmax and cross-entropy on the outputs of a classifier.

#include <cmath>
#include <cstdint>

#include "sim/base/error.h"
#include "sim/model/model.h"

namespace fedtide {

/// True when no other output is as large and earlier, or larger. False where an output is not a number.
template <class T>
bool is_largest(const T* z, Index classes, Index label) {
  for (Index c = 0; c < label; ++c) {
    if (!(z[label] > z[c])) return false;
  }
  for (Index c = label + 1; c < classes; ++c) {
    if (!(z[label] >= z[c])) return false;
  }
  return true;
}

/// Loss -log softmax(z)[label], summed in double over the first `count` columns of z[classes, columns], by the
/// log-sum-exp of outputs less their largest. Overwrites z. With `want_delta`, z becomes scale * d loss / d z, and 0 in
/// the columns behind `count`. `shifted[count]` is scratch.
template <class T>
Score cross_entropy(Eigen::Map<Matrix<T>> z, const std::int32_t* labels, Index count, T scale, bool want_delta,
                    Vector<T>& shifted) {
  Score score;
  const Index classes = z.rows();
  for (Index j = 0; j < count; ++j) {
    const Index label = labels[j];
    FEDTIDE_REQUIRE(label >= 0 && label < classes, "label {} of {} classes", label, classes);
    T* column = &z(0, j);
    if (is_largest(column, classes, label)) score.correct += 1;
    T largest = column[0];
    for (Index c = 1; c < classes; ++c) largest = column[c] > largest ? column[c] : largest;
    for (Index c = 0; c < classes; ++c) column[c] -= largest;
    shifted[j] = column[label];
  }
  if (count < z.cols()) z.rightCols(z.cols() - count).setZero();
  z.array() = z.array().exp();  // over the whole memory at once: vectorized also where classes are few
  for (Index j = 0; j < count; ++j) {
    T* column = &z(0, j);
    double sum = 0;
    for (Index c = 0; c < classes; ++c) sum += static_cast<double>(column[c]);
    score.loss_sum += std::log(sum) - static_cast<double>(shifted[j]);
    if (!want_delta) continue;
    const T factor = static_cast<T>(static_cast<double>(scale) / sum);
    for (Index c = 0; c < classes; ++c) column[c] *= factor;
    column[labels[j]] -= scale;
  }
  if (want_delta && count < z.cols()) z.rightCols(z.cols() - count).setZero();
  score.count = static_cast<double>(count);
  return score;
}

}  // namespace fedtide
