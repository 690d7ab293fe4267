#pragma once
// What methods demand of local training that read gradients off a client's change.

#include <fmt/format.h>

#include <string>

#include "sim/learn/solver.h"

namespace fedtide {

/// Empty where each step is lr times a gradient; else that `consequence` follows, and what to set.
inline std::string unless_gradient_steps(const SolverSpec& given, const std::string& consequence) {
  if (given.follows_gradients()) return "";
  if (given.optimizer != &sgd()) {
    return fmt::format("with {} {}; set training.optimizer.name to sgd", given.optimizer->about.name, consequence);
  }
  if (given.clips()) {
    return fmt::format("with clipped gradients {}; remove training.optimizer.clip_norm and clip_value", consequence);
  }
  return fmt::format("with momentum {}; set training.optimizer.momentum to 0", consequence);
}

}  // namespace fedtide
