#pragma once
// What a model is given to train on: some samples, gathered from a data set.

#include <cstdint>
#include <vector>

#include "sim/base/vector.h"

namespace fedtide {

/// The shape and kind of one data set's examples; a model is built for it.
struct InputShape {
  enum class Kind { dense, sparse, sequence, graph } kind = Kind::dense;
  std::vector<Index> dims;  ///< dense: {784} or {1, 28, 28} (channels, height, width)
  int classes = 0;          ///< labels are 0 .. classes - 1; 0: no labels

  Index features() const;  ///< product of dims
};

/// Columns come in groups of this many, since a matrix product works on so many at once.
constexpr Index kColumnGroup = 4;
constexpr Index whole_groups(Index columns) { return (columns + kColumnGroup - 1) / kColumnGroup * kColumnGroup; }

/// A mini-batch. Memory is kept between gathers; `count` columns and labels are valid, columns behind them hold any
/// finite values. Further kinds of input get fields of their own.
template <class T>
struct Batch {
  Index count = 0;                   ///< n
  Matrix<T> dense;                   ///< [features, capacity]; column j is sample j
  std::vector<std::int32_t> labels;  ///< [capacity]

  /// Room for `capacity` samples, rounded up to whole groups; allocates only when it grows.
  void reserve(Index features, Index capacity) {
    if (dense.rows() != features || dense.cols() < capacity) dense.setZero(features, whole_groups(capacity));
    if (labels.size() < static_cast<std::size_t>(capacity)) labels.resize(static_cast<std::size_t>(capacity));
  }
};

}  // namespace fedtide
