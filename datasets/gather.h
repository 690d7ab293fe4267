#pragma once
// What every data set with one column a sample does to fill a batch.

#include <algorithm>
#include <span>

#include "sim/model/batch.h"

namespace fedtide {

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
  if (labels.empty()) {
    std::fill_n(batch.labels.begin(), rows.size(), 0);
  } else {
    for (std::size_t j = 0; j < rows.size(); ++j) batch.labels[j] = labels[rows[j]];
  }
}

}  // namespace fedtide
