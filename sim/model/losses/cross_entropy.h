#pragma once
// Softmax and cross-entropy on the outputs of a classifier.

#include "sim/model/loss.h"

namespace fedtide {

struct CrossEntropySpec {};

/// Loss -log softmax(z)[label] of every label, by the log-sum-exp of outputs less their largest. A negative label
/// counts for nothing. Correct: no other output is as large and earlier, or larger; never where an output is not a
/// number.
template <class T>
class CrossEntropy final : public Loss<T> {
 public:
  explicit CrossEntropy(const CrossEntropySpec& spec) : spec_(spec) {}
  Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const override;

 private:
  CrossEntropySpec spec_;
};

class CrossEntropyFactory final : public LossFactory {
 public:
  explicit CrossEntropyFactory(CrossEntropySpec spec = {}) : spec_(spec) {}
  std::string mismatch(const Shape& outputs, const InputShape& input) const override;
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override;
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override;

 private:
  CrossEntropySpec spec_;
};

}  // namespace fedtide
