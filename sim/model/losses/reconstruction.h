#pragma once
// A model's own input as what it shall say: autoencoders.

#include "sim/model/loss.h"

namespace fedtide {

/// Loss of a sample: the mean over its features of (z - x)^2; outputs are in the order of the data set's features.
/// Nothing counts as correct.
template <class T>
class Reconstruction final : public Loss<T> {
 public:
  bool counts_correct() const override { return false; }
  Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const override;
};

class ReconstructionFactory final : public LossFactory {
 public:
  Index outputs(const InputShape& input) const override { return input.features(); }
  std::string mismatch(const Shape& outputs, const InputShape& input) const override;
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override;
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override;
};

}  // namespace fedtide
