// The character model of McMahan et al. 2017: an embedding of 8, two LSTM layers of 256 units, a softmax at each of 80
// steps.
//
// The paper says 866,578 weights and neither the vocabulary nor the kind of LSTM. With V characters, k biases a gate of
// a unit and p peepholes (diagonals from the cells to three gates, as in the paper's day TensorFlow's LSTMCell had):
//   8 V + 4*256*(8 + 256) + 4*256*(256 + 256) + 2*(4*256 k + 3*256 p) + 256 V + V = 794,624 + 265 V + 2048 k + 1536 p.
// 866,578 needs 265 V = 71,954 - 2048 k - 1536 p; of k in 0, 1, 2 and p in 0, 1 only k = 1, p = 1 divides: V = 258, all
// bytes and two more (such as begin and end). Without the output's bias, 264 V, none does. So `peephole: true` and 258
// characters are exact; without peepholes, as in PyTorch and Keras, the model has 796,672 + 265 V weights.

#include "sim/model/presets/sequence_models.h"

namespace fedtide {
namespace {

const std::string kSource = "McMahan et al. 2017, section 3";

std::unique_ptr<ModelFactory> read(Section& section) {
  const EmbeddingSpec embedding = read_embedding(section, 8, 1, kSource);
  LstmSpec lstm;
  lstm.units = read_hidden(section, 256, kSource);
  lstm.peephole = section.flag("peephole", Flag{false, "gates see the cells; the paper's count of weights has them",
                                                "Gers, Schraudolph and Schmidhuber 2002"});
  lstm.forget_bias =
      section.real("forget_bias", Number{1, anything(), "first bias of the forget gate", "Jozefowicz et al. 2015"});
  const auto layers = static_cast<std::size_t>(read_depth(section, 2, kSource));
  return std::make_unique<SequenceModelFactory>(embedding, LayerList(layers, std::make_shared<LstmFactory>(lstm)),
                                                read_loss(section));
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"char_lstm", "two LSTM layers that predict characters", kSource}, &read}};

}  // namespace
}  // namespace fedtide
