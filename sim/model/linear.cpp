// A linear model of numbers to predict: linear regression with squared error, Cox's proportional hazards with survival
// times. (Of labels it is the model softmax, or with binary_cross_entropy logistic regression.)

#include "sim/model/layers/flatten.h"
#include "sim/model/losses/read.h"
#include "sim/model/network.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  NetworkSpec spec;
  spec.layers = {std::make_shared<FlattenFactory>()};
  spec.head_bias = section.flag("bias", Flag{true, "adds a constant to each output", ""});
  spec.head = Init::zeros;
  spec.loss = read_loss(section);
  return std::make_unique<NetworkFactory>(std::move(spec));
}

const Registration<ModelEntry> entry{ModelEntry{
    About{"linear", "linear regression, or whatever loss on a linear function; weights start at 0", ""}, &read}};

}  // namespace
}  // namespace fedtide
