// A model as a list of layers.

#include "sim/model/layer_entry.h"
#include "sim/model/losses/read.h"
#include "sim/model/network.h"
#include "sim/model/read_init.h"

namespace fedtide {
namespace {

std::unique_ptr<ModelFactory> read(Section& section) {
  NetworkSpec spec;
  spec.layers =
      read_layers(section, "layers", "layers, first to last; a dense layer with an output for each class follows");
  section.section("head", "the dense layer at the end", [&](Section& head) {
    spec.head_bias = head.flag("bias", Flag{true, "adds a constant for each class", ""});
    spec.head = read_init(head, "glorot");
  });
  spec.loss = read_loss(section);
  if (!all_read(spec.layers)) return nullptr;
  return std::make_unique<NetworkFactory>(std::move(spec));
}

const Registration<ModelEntry> entry{ModelEntry{About{"layers", "any layers, one after the other", ""}, &read}};

}  // namespace
}  // namespace fedtide
