// Multinomial logistic regression, of features, images or sparse rows.

#include "sim/model/losses/read.h"
#include "sim/model/network_for_input.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  std::shared_ptr<const LossFactory> loss = read_loss(section);
  const bool bias = section.flag("bias", Flag{true, "adds a constant for each class", ""});
  const std::string init =
      section.word("init", Words{"glorot",
                                 {{"glorot", "uniform in +-sqrt(6 / (features + classes))", "Glorot and Bengio 2010"},
                                  {"zeros", "all weights 0", ""}},
                                 "first weights; biases start at 0",
                                 ""});
  return linear_network(std::move(loss), init == "zeros" ? Init::zeros : Init::glorot, bias);
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"softmax", "multinomial logistic regression (convex)", "McCullagh and Nelder 1989"}, &read}};

}  // namespace
}  // namespace fedtide
