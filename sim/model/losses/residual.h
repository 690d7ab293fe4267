#pragma once
// Losses of real targets that are a function of each residual r = z - y.

#include "sim/model/loss.h"

namespace fedtide {

/// A loss f(r) of one residual and its slope.
struct ResidualForm {
  double (*loss)(double r, double parameter);
  double (*slope)(double r, double parameter);
};

/// Loss of a sample: the mean of f over its targets, so that a batch's mean is over all numbers, as PyTorch's. Nothing
/// counts as correct.
template <class T>
class ResidualLoss final : public Loss<T> {
 public:
  ResidualLoss(const ResidualForm& form, double parameter) : form_(form), parameter_(parameter) {}
  bool counts_correct() const override { return false; }
  Score score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const override;

 private:
  ResidualForm form_;
  double parameter_;
};

class ResidualLossFactory final : public LossFactory {
 public:
  ResidualLossFactory(std::string name, const ResidualForm& form, double parameter = 0)
      : name_(std::move(name)), form_(form), parameter_(parameter) {}
  Index outputs(const InputShape& input) const override { return input.targets; }
  std::string mismatch(const Shape& outputs, const InputShape& input) const override;
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override;
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override;

 private:
  std::string name_;
  ResidualForm form_;
  double parameter_;
};

/// f(r) = r^2
std::shared_ptr<const LossFactory> mean_squared_error();
/// f(r) = r^2 / 2 for |r| <= delta, else delta (|r| - delta / 2)
std::shared_ptr<const LossFactory> huber_loss(double delta);

}  // namespace fedtide
