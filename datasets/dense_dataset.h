#pragma once
// Examples of float32 features, with or without labels or numbers to predict.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

class DenseDataset final : public Dataset {
 public:
  /// values [features, size], a sample a column; labels [size], each below shape.classes, or empty;
  /// targets [shape.targets, size].
  DenseDataset(InputShape shape, Matrix<float> values, std::vector<std::int32_t> labels, Matrix<float> targets = {});

  std::uint32_t size() const override { return static_cast<std::uint32_t>(values_.cols()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override;
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override;
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override;

 private:
  template <class T>
  void gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const;

  InputShape shape_;
  Matrix<float> values_;
  std::vector<std::int32_t> labels_;
  Matrix<float> targets_;
};

}  // namespace fedtide
