#pragma once
// What the presets for sequences share.

#include "sim/model/layers/dense.h"
#include "sim/model/layers/embedding.h"
#include "sim/model/layers/gru.h"
#include "sim/model/layers/last_step.h"
#include "sim/model/layers/lstm.h"
#include "sim/model/layers/tied.h"
#include "sim/model/losses/read.h"
#include "sim/model/network.h"

namespace fedtide {

/// A stack of recurrent layers on an embedding. Where the data set has one label a sequence, the last step answers.
class SequenceModelFactory final : public ModelFactory {
 public:
  using SharedLoss = std::shared_ptr<const LossFactory>;

  /// `recurrent` takes vectors of `embedding` and ends in a sequence; a dense layer over the classes follows.
  SequenceModelFactory(const EmbeddingSpec& embedding, const LayerList& recurrent,
                       const SharedLoss& loss = default_loss())
      : each_step_(untied(embedding, recurrent, loss, false)), last_step_(untied(embedding, recurrent, loss, true)) {}
  /// The output layer is the embedding.
  explicit SequenceModelFactory(const TiedSpec& tied, const SharedLoss& loss = default_loss())
      : each_step_(shared(tied, loss, false)), last_step_(shared(tied, loss, true)) {}

  std::string mismatch(const InputShape& input) const override { return chosen(input).mismatch(input); }
  std::unique_ptr<const Model<float>> make_float(const InputShape& input) const override {
    return chosen(input).make_float(input);
  }
  std::unique_ptr<const Model<double>> make_double(const InputShape& input) const override {
    return chosen(input).make_double(input);
  }

 private:
  static NetworkSpec untied(const EmbeddingSpec& embedding, const LayerList& recurrent, const SharedLoss& loss,
                            bool last);
  static NetworkSpec shared(TiedSpec tied, const SharedLoss& loss, bool last);
  const NetworkFactory& chosen(const InputShape& input) const {
    return input.label_each_step ? each_step_ : last_step_;
  }

  NetworkFactory each_step_, last_step_;
};

/// Keys that the presets for sequences have.
EmbeddingSpec read_embedding(Section& section, Index dims, double deviation, const std::string& source);
Index read_hidden(Section& section, Index units, const std::string& source);
std::int64_t read_depth(Section& section, Index layers, const std::string& source);

}  // namespace fedtide
