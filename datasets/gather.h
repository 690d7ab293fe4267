#pragma once
// What data sets do to fill a batch.

#include <algorithm>
#include <span>

#include "sim/model/batch.h"

namespace fedtide {

/// The batch's labels, 0 where the data set has none.
template <class T>
void gather_labels(std::span<const std::int32_t> labels, std::span<const std::uint32_t> rows, Batch<T>& batch) {
  if (batch.labels.size() < rows.size()) batch.labels.resize(rows.size());
  if (labels.empty()) {
    std::fill_n(batch.labels.begin(), rows.size(), 0);
  } else {
    for (std::size_t j = 0; j < rows.size(); ++j) batch.labels[j] = labels[rows[j]];
  }
}

/// The batch's targets; nothing where there are none.
template <class T>
void gather_targets(const Matrix<float>& targets, std::span<const std::uint32_t> rows, Batch<T>& batch) {
  if (targets.size() == 0) return;
  const auto count = static_cast<Index>(rows.size());
  if (batch.targets.rows() != targets.rows() || batch.targets.cols() < count) {
    batch.targets.setZero(targets.rows(), count);
  }
  for (Index j = 0; j < count; ++j) {
    batch.targets.col(j) = targets.col(rows[static_cast<std::size_t>(j)]).template cast<T>();
  }
}

/// Makes room for rows.size() samples, lets `copy(row, column)` write each, and sets count and labels (0 where there
/// are none).
template <class T, class Copy>
void gather_columns(Index features, std::span<const std::int32_t> labels, std::span<const std::uint32_t> rows,
                    Batch<T>& batch, Copy copy) {
  const auto count = static_cast<Index>(rows.size());
  batch.reserve(features, count);
  batch.count = count;
  T* column = batch.dense.data();
  for (const std::uint32_t row : rows) {
    copy(row, column);
    column += features;
  }
  gather_labels(labels, rows, batch);
}

}  // namespace fedtide
