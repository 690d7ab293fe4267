// A word model for small devices: an embedding of 96, one LSTM layer of 670 units, a projection back to 96, and the
// embedding again as the output layer. Sizes as in Hard et al. 2018, "Federated learning for mobile keyboard
// prediction", whose cell couples the input and forget gates and this one does not; one table as in Press and Wolf
// 2017. With a vocabulary V: 96 V + 4*670*(96 + 670 + 1) + (670 + 1) 96 + V = 2,119,976 + 97 V weights.

#include "sim/model/presets/sequence_models.h"

namespace fedtide {
namespace {

const std::string kSource = "Hard et al. 2018, arXiv 1811.03604; Press and Wolf 2017";

std::unique_ptr<ModelFactory> read(Section& section) {
  TiedSpec tied;
  // The table is also the output layer, whose first weights are small.
  tied.embedding = read_embedding(section, 96, 0.1, kSource);
  LstmSpec lstm;
  lstm.units = read_hidden(section, 670, kSource);
  const auto layers = static_cast<std::size_t>(read_depth(section, 1, kSource));
  tied.inner = LayerList(layers, std::make_shared<LstmFactory>(lstm));
  DenseSpec projection;
  projection.units = tied.embedding.dims;
  projection.init = Init::glorot;
  tied.inner.push_back(std::make_shared<DenseFactory>(projection));
  return std::make_unique<SequenceModelFactory>(tied, read_loss(section));
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"word_lstm", "LSTM that predicts words, output tied to the embedding", kSource}, &read}};

}  // namespace
}  // namespace fedtide
