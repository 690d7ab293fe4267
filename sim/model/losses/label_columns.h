#pragma once
// Labels, and which of a column's outputs is the largest: what the losses of classifiers share.

#include "sim/model/loss.h"

namespace fedtide {

/// No other output is as large and earlier, or larger; never where an output is not a number.
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

/// The labels of a block in the order of its columns: sample by sample within each step.
template <class T>
class Labels {
 public:
  Labels(const Shape& outputs, const Pass<T>& pass)
      : labels_(pass.batch->labels.data() + pass.begin * outputs.steps), steps_(outputs.steps), count_(pass.count) {}
  std::int32_t of(Index column) const { return labels_[column % count_ * steps_ + column / count_]; }

 private:
  const std::int32_t* labels_;
  Index steps_, count_;
};

/// Labels that a sample's outputs are held against.
inline Index predictions_of(const Shape& outputs) {
  return outputs.kind == Shape::Kind::sequence ? outputs.steps : outputs.positions();
}

}  // namespace fedtide
