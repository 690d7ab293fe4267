#pragma once
// Examples of few features out of many, as rows of a sparse matrix (CSR).

#include <cstdint>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// Rows of a sparse matrix: row i has the entries begin[i] .. begin[i + 1] - 1, in order of their columns.
struct SparseRows {
  std::vector<std::uint64_t> begin{0};  ///< [rows + 1]
  std::vector<std::uint32_t> columns;   ///< [entries]
  std::vector<float> values;            ///< [entries]; empty: all are 1

  std::size_t size() const { return begin.size() - 1; }
  /// The next row, of entries 1.
  void append(std::span<const std::uint32_t> row);
};

class SparseDataset final : public Dataset {
 public:
  /// Columns below shape.features(), none twice in a row; labels [size], each below shape.classes, or empty; targets
  /// [shape.targets, size].
  SparseDataset(InputShape shape, SparseRows samples, std::vector<std::int32_t> labels, Matrix<float> targets = {});

  std::uint32_t size() const override { return static_cast<std::uint32_t>(samples_.size()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override;
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { gather_as(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { gather_as(rows, batch); }

 private:
  template <class T>
  void gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const;

  InputShape shape_;
  SparseRows samples_;
  std::vector<std::int32_t> labels_;
  Matrix<float> targets_;
  std::size_t longest_ = 0;  ///< entries of the longest row
};

}  // namespace fedtide
