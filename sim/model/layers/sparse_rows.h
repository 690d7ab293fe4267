#pragma once
// Reading a batch's sparse rows, and summing gradients over the few rows of a table that they touch.

#include <vector>

#include "sim/base/error.h"
#include "sim/model/layer.h"

namespace fedtide {

/// Calls visit(column, value) for each entry of the block's row j, in order.
template <class T, class Visit>
void visit_row(const Pass<T>& pass, Index j, Index features, Visit visit) {
  const Batch<T>& batch = *pass.batch;
  const auto row = static_cast<std::size_t>(pass.begin + j);
  for (auto e = static_cast<std::size_t>(batch.rows[row]); e < static_cast<std::size_t>(batch.rows[row + 1]); ++e) {
    const Index column = batch.columns[e];
    FEDTIDE_REQUIRE(column >= 0 && column < features, "column {} of {}", column, features);
    visit(column, batch.values[e]);
  }
}

/// Sums of gradients at rows of a table [rows, dims]: a block touches few of many, so only those are gone through.
template <class T>
class TouchedRows {
 public:
  TouchedRows(Index rows, Index dims)
      : dims_(dims), sums_(Vector<T>::Zero(rows * dims)), is_touched_(static_cast<std::size_t>(rows), 0) {
    touched_.reserve(static_cast<std::size_t>(rows));
  }

  /// [dims] the row's sum so far.
  T* sum_of(Index row) {
    char& seen = is_touched_[static_cast<std::size_t>(row)];
    if (seen == 0) touched_.push_back(row);
    seen = 1;
    return sums_.data() + row * dims_;
  }
  /// target[rows, dims] += each touched row's sum, once; all sums are 0 again.
  void move_to(T* target) {
    for (const Index row : touched_) {
      auto sum = sums_.segment(row * dims_, dims_);
      Eigen::Map<Vector<T>>(target + row * dims_, dims_) += sum;
      sum.setZero();
      is_touched_[static_cast<std::size_t>(row)] = 0;
    }
    touched_.clear();
  }

 private:
  Index dims_;
  Vector<T> sums_;
  std::vector<char> is_touched_;  ///< [rows]
  std::vector<Index> touched_;    ///< in the order of their first entry
};

}  // namespace fedtide
