#pragma once
// What a model's outputs are held against.

#include "sim/model/layer.h"
#include "sim/model/model.h"

namespace fedtide {

template <class T>
class Loss {
 public:
  virtual ~Loss() = default;
  /// A term needs other samples of the batch (partial likelihood): a batch is not cut.
  virtual bool couples_samples() const { return false; }
  /// Score::correct says how many answers are right; else there is no such thing (regression).
  virtual bool counts_correct() const { return true; }
  /// Sums over the block. With `want_delta`, z [outputs, n * steps] becomes scale * d loss / d z; else it is scratch.
  virtual Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const = 0;
};

struct LossFactory {
  virtual ~LossFactory() = default;
  /// This loss, or the one that it stands for with these labels or targets.
  virtual const LossFactory& for_data(const InputShape& /*input*/) const { return *this; }
  /// Outputs of a model's head for one sample, or for each labeled step of it.
  virtual Index outputs(const InputShape& input) const { return input.classes > 0 ? input.classes : input.targets; }
  /// Empty when it fits these outputs and this data set's labels or targets, else why not.
  virtual std::string mismatch(const Shape& outputs, const InputShape& input) const = 0;
  virtual std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const = 0;
  virtual std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const = 0;
};

}  // namespace fedtide
