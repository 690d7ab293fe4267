// Multinomial logistic regression.

#include "sim/model/dense_network.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  DenseNetworkSpec spec;
  spec.bias = section.flag("bias", Flag{true, "adds a constant for each class", ""});
  const std::string init =
      section.word("init", Words{"glorot",
                                 {{"glorot", "uniform in +-sqrt(6 / (features + classes))", "Glorot and Bengio 2010"},
                                  {"zeros", "all weights 0", ""}},
                                 "first weights; biases start at 0",
                                 ""});
  spec.init = init == "zeros" ? DenseNetworkSpec::Init::zeros : DenseNetworkSpec::Init::glorot;
  return std::make_unique<DenseNetworkFactory>(spec);
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"softmax", "multinomial logistic regression (convex)", "McCullagh and Nelder 1989"}, &read}};

}  // namespace
}  // namespace fedtide
