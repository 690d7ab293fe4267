#pragma once
// Cross-entropy with label smoothing or class weights.

#include "sim/model/losses/cross_entropy.h"

namespace fedtide {

/// Loss of a label y: -sum_c t_c log softmax(z)[c], t_c = w_c ((1 - epsilon) 1[c = y] + epsilon / classes): what
/// PyTorch's cross_entropy gives for one label. Correct as for plain cross-entropy; a negative label counts for
/// nothing.
template <class T>
class WeightedCrossEntropy final : public Loss<T> {
 public:
  explicit WeightedCrossEntropy(CrossEntropySpec spec) : spec_(std::move(spec)) {}
  Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const override;

 private:
  double weight(Index c) const {
    return spec_.class_weights.empty() ? 1.0 : spec_.class_weights[static_cast<std::size_t>(c)];
  }
  CrossEntropySpec spec_;
};

}  // namespace fedtide
