#pragma once
// What a model is given to train on: some samples, gathered from a data set.

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/random.h"
#include "sim/base/vector.h"

namespace fedtide {

/// The shape and kind of one data set's examples; a model is built for it.
struct InputShape {
  enum class Kind { dense, sparse, sequence, graph } kind = Kind::dense;
  std::vector<Index> dims;       ///< dense: {784} or {1, 28, 28} (channels, height, width); graph: {features};
                                 ///< sequence: {steps}; sparse: sizes of the fields, side by side
  int classes = 0;               ///< labels are 0 .. classes - 1; 0: no labels
  Index vocabulary = 0;          ///< sequence: tokens are 0 .. vocabulary - 1
  bool label_each_step = false;  ///< sequence: one label a step, else one a sequence
  Index targets = 0;             ///< real numbers to predict for each sample; 0: none
  bool survival = false;         ///< the targets are a subject's time and 1 for an event then, 0 for none until then

  Index features() const;                                            ///< product of dims
  Index labels() const { return label_each_step ? dims.at(0) : 1; }  ///< labels of one sample
};

/// What may be drawn at random while a batch is trained on (dropout): the stream is the local training's, a draw is
/// indexed by step and sample, so that it does not depend on how a batch is cut.
struct BatchNoise {
  Stream stream;          ///< Purpose::dropout_mask
  std::int64_t step = 0;  ///< k
  Index first = 0;        ///< place in the step's batch of this batch's first sample
};

/// A mini-batch. Memory is kept between gathers; the first `count` samples are valid. Which fields are set depends on
/// the kind of input.
template <class T>
struct Batch {
  Index count = 0;                   ///< n
  Matrix<T> dense;                   ///< [features, capacity]; column j is sample j
  std::vector<std::int32_t> labels;  ///< [labels of a sample, capacity]; negative: no label there
  Matrix<T> targets;                 ///< [targets, capacity]
  std::vector<std::int32_t> tokens;  ///< [steps, capacity]

  // Sparse rows, and the neighbors of a graph's nodes: entry e of row i has column `columns[e]` and value `values[e]`,
  // for e in rows[i] .. rows[i + 1]. In a graph the columns are samples of this batch, and `dense` has their features.
  std::vector<Index> rows;            ///< [count + 1]
  std::vector<std::int32_t> columns;  ///< [entries]
  std::vector<T> values;              ///< [entries]

  std::optional<BatchNoise> noise;  ///< set in training only

  /// Room for `capacity` dense samples with one label each; allocates only when it grows.
  void reserve(Index features, Index capacity) {
    if (dense.rows() != features || dense.cols() < capacity) dense.setZero(features, capacity);
    if (labels.size() < static_cast<std::size_t>(capacity)) labels.resize(static_cast<std::size_t>(capacity));
  }
};

}  // namespace fedtide
