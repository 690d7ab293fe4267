// Multinomial logistic regression.

#include "sim/model/layers/flatten.h"
#include "sim/model/losses/read.h"
#include "sim/model/network.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  NetworkSpec spec;
  spec.layers = {std::make_shared<FlattenFactory>()};
  spec.loss = read_loss(section);
  spec.head_bias = section.flag("bias", Flag{true, "adds a constant for each class", ""});
  const std::string init =
      section.word("init", Words{"glorot",
                                 {{"glorot", "uniform in +-sqrt(6 / (features + classes))", "Glorot and Bengio 2010"},
                                  {"zeros", "all weights 0", ""}},
                                 "first weights; biases start at 0",
                                 ""});
  spec.head = init == "zeros" ? Init::zeros : Init::glorot;
  return std::make_unique<NetworkFactory>(std::move(spec));
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"softmax", "multinomial logistic regression (convex)", "McCullagh and Nelder 1989"}, &read}};

}  // namespace
}  // namespace fedtide
