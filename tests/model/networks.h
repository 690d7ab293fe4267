#pragma once
// Small networks of given layers, and the slope of their loss.

#include "sim/model/losses/cross_entropy.h"
#include "sim/model/presets/parts.h"
#include "tests/model/samples.h"

namespace fedtide {

/// A data set of `height` x `width` images.
inline InputShape image_input(Index channels, Index height, Index width, int classes) {
  return InputShape{InputShape::Kind::dense, {channels, height, width}, classes};
}

/// These layers, flattened, and a dense head; cross-entropy.
template <class T>
std::unique_ptr<const Model<T>> classifier_of(LayerList layers, const InputShape& input) {
  layers.push_back(parts::flatten());
  return std::make_unique<Network<T>>(
      NetworkSpec{std::move(layers), std::make_shared<CrossEntropyFactory>(), Init::glorot}, input);
}

/// Relative distance, in the 2-norm, of the gradient from central differences of the training loss (with this batch's
/// dropout masks and its own statistics). Running statistics are no part of it.
inline double slope_error(const Model<double>& model, const Batch<double>& batch, const Vector<double>& at,
                          double h = 1e-5) {
  const auto workspace = model.make_workspace(batch.count);
  Vector<double> g(model.size()), unused(model.size()), differences = Vector<double>::Zero(model.size()), w = at;
  model.gradient(w.data(), batch, 1.0, *workspace, g.data());
  for (const WeightRange& range : model.layout().ranges()) {
    if (range.statistic) {
      g.segment(range.offset, range.size()).setZero();
      continue;
    }
    for (Index i = range.offset; i < range.offset + range.size(); ++i) {
      w[i] = at[i] + h;
      const double up = model.gradient(w.data(), batch, 1.0, *workspace, unused.data()).loss_sum;
      w[i] = at[i] - h;
      const double down = model.gradient(w.data(), batch, 1.0, *workspace, unused.data()).loss_sum;
      w[i] = at[i];
      differences[i] = (up - down) / (2 * h);
    }
  }
  return (g - differences).norm() / g.norm();
}

}  // namespace fedtide
