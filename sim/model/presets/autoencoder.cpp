// An autoencoder of dense layers: Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks",
// Science 2006, without its layerwise pretraining. The widths in front of the code stand behind it in reverse, relu
// between all layers, none at the code or the output; the loss is the mean squared error of the input. With 784
// features and hidden: [128, 32]
// (784 + 1) 128 + (128 + 1) 32 + (32 + 1) 128 + (128 + 1) 784 = 209,968 weights.

#include "sim/model/losses/reconstruction.h"
#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

using namespace parts;

std::unique_ptr<ModelFactory> read(Section& section) {
  const Init init = read_init(section, "he");
  Number width;
  width.bounds = between(1, 1e6);
  width.help = "widths from the input to the code, the narrow middle; they stand behind it in reverse";
  width.source = "Hinton and Salakhutdinov 2006";
  std::vector<std::int64_t> hidden = section.wholes("hidden", {128, 32}, width);
  if (hidden.empty()) {
    section.reject("hidden", "must have at least one width, that of the code");
    hidden.push_back(1);
  }
  NetworkSpec spec;
  spec.layers = {flatten()};
  for (std::size_t i = 0; i + 1 < hidden.size(); ++i) {
    spec.layers.push_back(dense(hidden[i], init));
    spec.layers.push_back(relu());
  }
  spec.layers.push_back(dense(hidden.back(), init));
  for (std::size_t i = hidden.size() - 1; i-- > 0;) {
    spec.layers.push_back(dense(hidden[i], init));
    spec.layers.push_back(relu());
  }
  spec.head = init;
  spec.loss = std::make_shared<ReconstructionFactory>();
  return std::make_unique<NetworkFactory>(std::move(spec));
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"autoencoder", "dense layers that reproduce their input through a narrow code",
                     "Hinton and Salakhutdinov 2006"},
               &read}};

}  // namespace
}  // namespace fedtide
