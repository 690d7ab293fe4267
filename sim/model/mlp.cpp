// Multi-layer perceptron; hidden: [200, 200] with relu is the "2NN" of McMahan et al. 2017.

#include "sim/model/dense_network.h"

namespace fedtide {
namespace {

using Spec = DenseNetworkSpec;

std::unique_ptr<ModelFactory> read(Section& section) {
  Spec spec;
  Number width;
  width.bounds = between(1, 1e6);
  width.help = "widths of the hidden layers, first to last";
  width.source = "McMahan et al. 2017 (2NN)";
  spec.hidden.clear();
  for (const std::int64_t each : section.wholes("hidden", {200, 200}, width)) spec.hidden.push_back(each);

  const std::string activation = section.word(
      "activation",
      Words{"relu", {{"relu", "max(0, z)", ""}, {"tanh", "hyperbolic tangent", ""}}, "after each hidden layer", ""});
  spec.activation = activation == "tanh" ? Spec::Activation::tanh : Spec::Activation::relu;

  const std::string init =
      section.word("init", Words{spec.activation == Spec::Activation::relu ? "he" : "glorot",
                                 {{"glorot", "uniform in +-sqrt(6 / (in + out))", "Glorot and Bengio 2010"},
                                  {"he", "uniform in +-sqrt(6 / in)", "He et al. 2015"}},
                                 "first weights, by default he for relu and glorot for tanh; biases start at 0",
                                 ""});
  spec.init = init == "glorot" ? Spec::Init::glorot : Spec::Init::he;
  spec.bias = section.flag("bias", Flag{true, "adds a constant to each unit", ""});
  return std::make_unique<DenseNetworkFactory>(spec);
}

const Registration<ModelEntry> entry{ModelEntry{About{"mlp", "multi-layer perceptron", "McMahan et al. 2017"}, &read}};

}  // namespace
}  // namespace fedtide
