// A linear model of numbers to predict: linear regression with squared error, Cox's proportional hazards with survival
// times. (Of labels it is the model softmax, or with binary_cross_entropy logistic regression.)

#include "sim/model/losses/read.h"
#include "sim/model/network_for_input.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  const bool bias = section.flag("bias", Flag{true, "adds a constant to each output", ""});
  return linear_network(read_loss(section), Init::zeros, bias);
}

const Registration<ModelEntry> entry{ModelEntry{
    About{"linear", "linear regression, or whatever loss on a linear function; weights start at 0", ""}, &read}};

}  // namespace
}  // namespace fedtide
