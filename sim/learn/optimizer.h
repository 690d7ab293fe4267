#pragma once
// What a local step makes of a gradient: one file each in sim/learn/optimizers/.

#include <cstdint>
#include <vector>

#include "sim/base/vector.h"
#include "sim/config/section.h"

namespace fedtide {

struct SolverSpec;

/// One step of an optimizer on a stretch of the weights.
template <class T>
struct Update {
  const SolverSpec& spec;
  T lr;            ///< of this round
  std::int64_t t;  ///< 1, 2, ...: which step of this local training
  Index size;      ///< of the stretch
  const T* w;
  T* step;    ///< in: -lr g, or -g for an optimizer that takes gradients; out: what is added to w
  T* first;   ///< state, 0 before the first step; null unless asked for
  T* second;  ///< the same
};

/// Which vectors of state an optimizer keeps from step to step.
struct OptimizerState {
  bool first = false;
  bool second = false;
};

/// An optimizer as the YAML names it.
struct Optimizer {
  About about;
  /// Reads its keys from `training.optimizer:`.
  void (*read)(Section& section, SolverSpec& spec);
  /// Its step is not lr times a linear function of gradients: it is given -g, not -lr g.
  bool takes_gradients;
  OptimizerState (*state)(const SolverSpec& spec);
  /// The step is -lr g as it is: nothing is left to do.
  bool (*is_plain)(const SolverSpec& spec);
  // Elementwise; no allocation.
  void (*update_float)(const Update<float>& update);
  void (*update_double)(const Update<double>& update);

  void update(const Update<float>& u) const { update_float(u); }
  void update(const Update<double>& u) const { update_double(u); }
};

const Optimizer& sgd();
const Optimizer& adam();
const Optimizer& adamw();
const Optimizer& adagrad();

/// All of them, sgd first.
const std::vector<const Optimizer*>& optimizers();

}  // namespace fedtide
