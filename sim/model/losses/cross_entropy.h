#pragma once
// Softmax and cross-entropy on the outputs of a classifier.

#include "sim/model/loss.h"

namespace fedtide {

struct CrossEntropySpec {
  double label_smoothing = 0;         ///< epsilon: a label's target is (1 - epsilon) 1[c = label] + epsilon / classes
  std::vector<double> class_weights;  ///< [classes], a factor on each class's part of a target; empty: all 1

  bool is_plain() const { return label_smoothing == 0 && class_weights.empty(); }
};

/// Loss -log softmax(z)[label] of every label, by the log-sum-exp of outputs less their largest. A negative label
/// counts for nothing. Correct: no other output is as large and earlier, or larger; never where an output is not a
/// number.
template <class T>
class CrossEntropy final : public Loss<T> {
 public:
  Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const override;
};

/// The mean over terms is over labels: with class weights PyTorch's is over the sum of the weights of the labels, which
/// a batch that is cut, or a client, does not know of the others.
class CrossEntropyFactory final : public LossFactory {
 public:
  explicit CrossEntropyFactory(CrossEntropySpec spec = {}) : spec_(std::move(spec)) {}
  Index outputs(const InputShape& input) const override { return input.classes; }
  std::string mismatch(const Shape& outputs, const InputShape& input) const override;
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override;
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override;

 private:
  CrossEntropySpec spec_;
};

}  // namespace fedtide
