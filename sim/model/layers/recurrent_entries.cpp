// The YAML of the layers for sequences.

#include "sim/model/layer_entry.h"
#include "sim/model/layers/embedding.h"
#include "sim/model/layers/gru.h"
#include "sim/model/layers/last_step.h"
#include "sim/model/layers/lstm.h"

namespace fedtide {
namespace {

using Made = std::shared_ptr<const LayerFactory>;

Index read_units(Section& section) {
  return section.whole("units", Number{{}, between(1, 65536), "units, which are the outputs of a step", ""});
}

Made read_embedding(Section& section) {
  EmbeddingSpec spec;
  spec.dims = section.whole("dims", Number{{}, between(1, 65536), "numbers that stand for a token", ""});
  spec.deviation = section.real(
      "deviation", Number{1, non_negative(), "standard deviation of the first weights, which are normal", "PyTorch"});
  const auto padding =
      section.maybe_whole("padding", Number{{}, between(0, 1e9), "token whose vector stays 0", "PyTorch"});
  if (padding) spec.padding = static_cast<std::int32_t>(*padding);
  return std::make_shared<EmbeddingFactory>(spec);
}

Made read_lstm(Section& section) {
  LstmSpec spec;
  spec.units = read_units(section);
  spec.peephole =
      section.flag("peephole", Flag{false, "gates see the cells", "Gers, Schraudolph and Schmidhuber 2002"});
  spec.forget_bias =
      section.real("forget_bias", Number{1, anything(), "first bias of the forget gate", "Jozefowicz et al. 2015"});
  return std::make_shared<LstmFactory>(spec);
}

Made read_gru(Section& section) { return std::make_shared<GruFactory>(GruSpec{read_units(section)}); }

Made make_last_step(Section& /*section*/) { return std::make_shared<LastStepFactory>(LastStepSpec{}); }

const Registration<LayerEntry> embedding{
    LayerEntry{About{"embedding", "a vector for each token, first in a network", ""}, &read_embedding}};
const Registration<LayerEntry> lstm{
    LayerEntry{About{"lstm", "long short-term memory over a sequence", "Hochreiter and Schmidhuber 1997"}, &read_lstm}};
const Registration<LayerEntry> gru{
    LayerEntry{About{"gru", "gated recurrent unit over a sequence", "Cho et al. 2014"}, &read_gru}};
const Registration<LayerEntry> last_step{
    LayerEntry{About{"last_step", "the last step of a sequence as features", ""}, &make_last_step}};

}  // namespace
}  // namespace fedtide
