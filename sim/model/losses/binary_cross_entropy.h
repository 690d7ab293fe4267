#pragma once
// Logistic loss on one output.

#include "sim/model/loss.h"

namespace fedtide {

struct BinaryCrossEntropySpec {
  double positive_weight = 1;  ///< p, a factor on the loss of label 1
};

/// Loss of a label y of {0, 1}: -p y log s(z) - (1 - y) log(1 - s(z)), s the logistic function, in a form that does not
/// overflow. A negative label counts for nothing. Correct: z > 0 for 1, z <= 0 for 0.
template <class T>
class BinaryCrossEntropy final : public Loss<T> {
 public:
  explicit BinaryCrossEntropy(const BinaryCrossEntropySpec& spec) : spec_(spec) {}
  Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const override;

 private:
  BinaryCrossEntropySpec spec_;
};

class BinaryCrossEntropyFactory final : public LossFactory {
 public:
  explicit BinaryCrossEntropyFactory(const BinaryCrossEntropySpec& spec = {}) : spec_(spec) {}
  Index outputs(const InputShape&) const override { return 1; }
  std::string mismatch(const Shape& outputs, const InputShape& input) const override;
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override;
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override;

 private:
  BinaryCrossEntropySpec spec_;
};

}  // namespace fedtide
