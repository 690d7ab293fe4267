#include "sim/model/losses/read.h"

#include "sim/model/losses/cox.h"
#include "sim/model/losses/cross_entropy.h"
#include "sim/model/losses/residual.h"

namespace fedtide {
namespace {

/// The loss that goes with the data.
class DefaultLoss final : public LossFactory {
 public:
  const LossFactory& for_data(const InputShape& input) const override {
    if (input.survival) return cox_;
    if (input.classes == 0 && input.targets > 0) return *mse_;
    return cross_entropy_;
  }
  Index outputs(const InputShape& input) const override { return for_data(input).outputs(input); }
  std::string mismatch(const Shape& outputs, const InputShape& input) const override {
    return for_data(input).mismatch(outputs, input);
  }
  std::unique_ptr<const Loss<float>> make_float(const Shape& outputs) const override {
    return cross_entropy_.make_float(outputs);
  }
  std::unique_ptr<const Loss<double>> make_double(const Shape& outputs) const override {
    return cross_entropy_.make_double(outputs);
  }

 private:
  CrossEntropyFactory cross_entropy_;
  std::shared_ptr<const LossFactory> mse_ = mean_squared_error();
  CoxFactory cox_;
};

const Registration<LossEntry> entry{
    LossEntry{About{"auto", "cross_entropy for labels, cox for survival times, mse for other numbers", ""},
              [](Section&) { return default_loss(); }}};

}  // namespace

std::shared_ptr<const LossFactory> default_loss() {
  static const auto loss = std::make_shared<const DefaultLoss>();
  return loss;
}

std::shared_ptr<const LossFactory> read_loss(Section& model) {
  std::shared_ptr<const LossFactory> loss = default_loss();
  model.section("loss", "what outputs are held against", [&](Section& section) {
    section.choose_from<LossEntry>("name", "auto", "kind of loss",
                                   [&](const LossEntry& chosen) { loss = chosen.read(section); });
  });
  return loss;
}

}  // namespace fedtide
