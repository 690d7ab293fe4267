#pragma once
// Each sample's own gradient, one after the other: what differential privacy clips and influence functions sum.

#include <utility>

#include "sim/base/error.h"
#include "sim/learn/solver.h"

namespace fedtide {

/// Calls visit(i, g, score) for i = 0 .. rows.size() - 1, in order: g[d] is the gradient at w of the loss of sample
/// rows[i] alone (the mean over its labels), valid during the call, and `score` is that sample's. The mean of all g is
/// the gradient of a batch of these rows, but for rounding; running statistics have 0. `noise` names dropout's draws;
/// sample i then has those that it has as the i-th of a batch. No allocation but for `memory` the first time. Samples
/// must not be coupled.
template <class T, class Visit>
void per_example_gradients(const Model<T>& model, const Dataset& dataset, std::span<const std::uint32_t> rows,
                           const Vector<T>& w, SolverMemory<T>& memory, Visit&& visit,
                           std::optional<BatchNoise> noise = std::nullopt) {
  FEDTIDE_REQUIRE(w.size() == model.size(), "{} weights for a model of {}", w.size(), model.size());
  FEDTIDE_REQUIRE(!model.couples_samples(), "where samples are coupled none has a gradient of its own");
  memory.prepare(model, 1);
  memory.piece.resize(model.size());
  memory.batch.noise = noise;
  const Index first = noise ? noise->first : 0;
  const T scale = static_cast<T>(1.0 / static_cast<double>(model.labels_per_sample()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    dataset.gather(rows.subspan(i, 1), memory.batch);
    if (memory.batch.noise) memory.batch.noise->first = first + static_cast<Index>(i);
    const Score score = model.gradient(w.data(), memory.batch, scale, memory.workspace(), memory.piece.data());
    for (const WeightRange& range : model.layout().statistics()) {
      memory.piece.segment(range.offset, range.size()).setZero();
    }
    visit(i, std::as_const(memory.piece), score);
  }
}

}  // namespace fedtide
