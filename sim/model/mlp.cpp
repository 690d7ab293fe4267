// Multi-layer perceptron; hidden: [200, 200] with relu is the "2NN" of McMahan et al. 2017.

#include "sim/model/layers/dense.h"
#include "sim/model/layers/flatten.h"
#include "sim/model/losses/read.h"
#include "sim/model/network.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  Number width;
  width.bounds = between(1, 1e6);
  width.help = "widths of the hidden layers, first to last";
  width.source = "McMahan et al. 2017 (2NN)";
  const std::vector<std::int64_t> hidden = section.wholes("hidden", {200, 200}, width);

  const std::string activation = section.word(
      "activation",
      Words{"relu", {{"relu", "max(0, z)", ""}, {"tanh", "hyperbolic tangent", ""}}, "after each hidden layer", ""});
  const bool relu = activation == "relu";

  const std::string init =
      section.word("init", Words{relu ? "he" : "glorot",
                                 {{"glorot", "uniform in +-sqrt(6 / (in + out))", "Glorot and Bengio 2010"},
                                  {"he", "uniform in +-sqrt(6 / in)", "He et al. 2015"}},
                                 "first weights, by default he for relu and glorot for tanh; biases start at 0",
                                 ""});
  DenseSpec dense;
  dense.init = init == "glorot" ? Init::glorot : Init::he;
  dense.bias = section.flag("bias", Flag{true, "adds a constant to each unit", ""});
  dense.activation = relu ? Activation::relu : Activation::tanh;

  NetworkSpec spec;
  spec.layers = {std::make_shared<FlattenFactory>()};
  for (const std::int64_t units : hidden) {
    dense.units = units;
    spec.layers.push_back(std::make_shared<DenseFactory>(dense));
  }
  spec.head = dense.init;
  spec.head_bias = dense.bias;
  spec.loss = read_loss(section);
  return std::make_unique<NetworkFactory>(std::move(spec));
}

const Registration<ModelEntry> entry{ModelEntry{About{"mlp", "multi-layer perceptron", "McMahan et al. 2017"}, &read}};

}  // namespace
}  // namespace fedtide
