#pragma once
// Losses as the YAML names them.

#include <memory>

#include "sim/config/section.h"
#include "sim/model/loss.h"

namespace fedtide {

struct LossEntry {
  About about;
  std::shared_ptr<const LossFactory> (*read)(Section& section);  ///< reads its keys from `model.loss:`
};

/// Reads `loss:` from a model's section, for every model that is made of layers. Without one: cross_entropy for labels,
/// cox for survival times, mse for other numbers to predict.
std::shared_ptr<const LossFactory> read_loss(Section& model);

/// What `read_loss` gives when nothing is written.
std::shared_ptr<const LossFactory> default_loss();

}  // namespace fedtide
