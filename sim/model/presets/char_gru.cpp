// The character model of McMahan et al. 2017 (char_lstm.cpp) with GRU layers.

#include "sim/model/presets/sequence_models.h"

namespace fedtide {
namespace {

const std::string kSource = "Cho et al. 2014; sizes of McMahan et al. 2017";

std::unique_ptr<ModelFactory> read(Section& section) {
  const EmbeddingSpec embedding = read_embedding(section, 8, 1, kSource);
  GruSpec gru;
  gru.units = read_hidden(section, 256, kSource);
  const auto layers = static_cast<std::size_t>(read_depth(section, 2, kSource));
  return std::make_unique<SequenceModelFactory>(embedding, LayerList(layers, std::make_shared<GruFactory>(gru)),
                                                read_loss(section));
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"char_gru", "two GRU layers that predict characters", kSource}, &read}};

}  // namespace
}  // namespace fedtide
