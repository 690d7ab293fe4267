#include "sim/model/presets/sequence_models.h"

#include <utility>

namespace fedtide {

NetworkSpec SequenceModelFactory::untied(const EmbeddingSpec& embedding, const LayerList& recurrent,
                                         const SharedLoss& loss, bool last) {
  NetworkSpec spec;
  spec.layers = {std::make_shared<EmbeddingFactory>(embedding)};
  spec.layers.insert(spec.layers.end(), recurrent.begin(), recurrent.end());
  if (last) spec.layers.push_back(std::make_shared<LastStepFactory>(LastStepSpec{}));
  spec.head = Init::lecun;
  spec.loss = loss;
  return spec;
}

NetworkSpec SequenceModelFactory::shared(TiedSpec tied, const SharedLoss& loss, bool last) {
  NetworkSpec spec;
  if (last) tied.inner.push_back(std::make_shared<LastStepFactory>(LastStepSpec{}));
  spec.layers = {std::make_shared<TiedFactory>(std::move(tied))};
  spec.loss = loss;
  return spec;
}

EmbeddingSpec read_embedding(Section& section, Index dims, double deviation, const std::string& source) {
  Number n{static_cast<double>(dims), between(1, 65536), "numbers that stand for a token", source};
  EmbeddingSpec spec;
  spec.dims = section.whole("embedding", n);
  spec.deviation = deviation;
  return spec;
}

Index read_hidden(Section& section, Index units, const std::string& source) {
  return section.whole("hidden",
                       Number{static_cast<double>(units), between(1, 65536), "units of each recurrent layer", source});
}

std::int64_t read_depth(Section& section, Index layers, const std::string& source) {
  return section.whole("layers", Number{static_cast<double>(layers), between(1, 64), "recurrent layers", source});
}

}  // namespace fedtide
