#pragma once
// Cox's partial likelihood of survival times.

#include "sim/model/loss.h"

namespace fedtide {

/// The output z is a subject's log hazard ratio. Targets [2, n]: time t and event (1: it happened at t; 0: not until t,
/// censored). Minus the logarithm of the partial likelihood, with Breslow's treatment of tied times:
///   sum over subjects i with an event of  log(sum over j with t_j >= t_i of exp(z_j)) - z_i
/// Cox: Regression Models and Life-Tables. JRSS B 34, 1972; Breslow's discussion of it. Every subject counts as a term,
/// censored ones as 0, so that the mean is over subjects. All of a batch's samples are in one risk set.
template <class T>
class Cox final : public Loss<T> {
 public:
  bool couples_samples() const override { return true; }
  bool counts_correct() const override { return false; }
  Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const override;
};

class CoxFactory final : public LossFactory {
 public:
  Index outputs(const InputShape&) const override { return 1; }
  std::string mismatch(const Shape& outputs, const InputShape& input) const override;
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override;
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override;
};

}  // namespace fedtide
