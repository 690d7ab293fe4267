// Two graph convolutions: Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks", ICLR
// 2017, softmax(A relu(A X W0) W1) with A = D^-1/2 (A + I) D^-1/2 from the data set, over the batch's nodes alone.
// Without the paper's dropout of the input features; its L2 on W0 is `training.weight_decay`, here on both.

#include "sim/model/layers/graph_conv.h"

#include "sim/model/network_for_input.h"
#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  const Index hidden =
      section.whole("hidden", Number{16, between(1, 1e6), "units between the convolutions", "table 2"});
  Bounds below_one = between(0, 1);
  below_one.high_open = true;
  const double rate =
      section.real("dropout", Number{0.5, below_one, "share of hidden values that are set to 0 in training", ""});
  const bool bias = section.flag("bias", Flag{false, "adds a constant to each output of a convolution", ""});
  return std::make_unique<NetworkForInput>([hidden, rate, bias, loss = read_loss(section)](const InputShape& input) {
    const Index outputs = loss->for_data(input).outputs(input);
    NetworkSpec spec;
    spec.layers = {std::make_shared<GraphConvFactory>(GraphConvSpec{hidden, bias, Init::glorot, Activation::relu})};
    if (rate > 0) spec.layers.push_back(parts::dropout(rate));
    spec.layers.push_back(
        std::make_shared<GraphConvFactory>(GraphConvSpec{outputs, bias, Init::glorot, Activation::none, false}));
    spec.loss = loss;
    return spec;
  });
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"gcn", "two convolutions over a graph of samples", "Kipf and Welling 2017"}, &read}};

}  // namespace
}  // namespace fedtide
