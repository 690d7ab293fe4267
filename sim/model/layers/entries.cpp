// The YAML of the simplest layers.

#include "sim/model/layer_entry.h"
#include "sim/model/layers/activation.h"
#include "sim/model/layers/dense.h"
#include "sim/model/layers/flatten.h"
#include "sim/model/read_init.h"

namespace fedtide {
namespace {

using Made = std::shared_ptr<const LayerFactory>;

Made read_dense(Section& section) {
  DenseSpec spec;
  spec.units = section.whole("units", Number{{}, between(1, 1e7), "outputs", ""});
  spec.bias = section.flag("bias", Flag{true, "adds a constant to each output", ""});
  spec.init = read_init(section, "he");
  return std::make_shared<DenseFactory>(spec);
}

template <Activation activation>
Made make_activation(Section& /*section*/) {
  return std::make_shared<ActivationFactory>(ActivationSpec{activation});
}

Made make_flatten(Section& /*section*/) { return std::make_shared<FlattenFactory>(); }

const Registration<LayerEntry> dense{
    LayerEntry{About{"dense", "fully connected; each step of a sequence on its own", ""}, &read_dense}};
const Registration<LayerEntry> relu{LayerEntry{About{"relu", "max(0, z)", ""}, &make_activation<Activation::relu>}};
const Registration<LayerEntry> tanh{
    LayerEntry{About{"tanh", "hyperbolic tangent", ""}, &make_activation<Activation::tanh>}};
const Registration<LayerEntry> sigmoid{
    LayerEntry{About{"sigmoid", "1 / (1 + exp(-z))", ""}, &make_activation<Activation::sigmoid>}};
const Registration<LayerEntry> flatten{LayerEntry{About{"flatten", "an image as features", ""}, &make_flatten}};

}  // namespace
}  // namespace fedtide
