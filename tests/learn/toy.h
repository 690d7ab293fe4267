#pragma once
// A small data set and small models for the tests of local training.

#include <numeric>
#include <utility>

#include "sim/base/distributions.h"
#include "sim/learn/solver.h"
#include "tests/support/dense_network.h"

namespace fedtide {

class ToyDataset final : public Dataset {
 public:
  /// Standard normal features; the label is the larger of the first features.
  ToyDataset(Index features, int classes, std::uint32_t size, std::uint64_t seed = 1) : values_(features, size) {
    shape_.dims = {features};
    shape_.classes = classes;
    Stream stream(seed, Purpose::dataset);
    for (Index j = 0; j < values_.cols(); ++j) {
      for (Index i = 0; i < features; ++i) values_(i, j) = static_cast<float>(normal(stream));
      Index label = 0;
      values_.col(j).head(classes).maxCoeff(&label);
      labels_.push_back(static_cast<std::int32_t>(label));
    }
  }
  std::uint32_t size() const override { return static_cast<std::uint32_t>(values_.cols()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override { return {static_cast<std::int64_t>(values_.size()) * 4}; }
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { gather_as(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { gather_as(rows, batch); }
  const Matrix<float>& values() const { return values_; }

 private:
  template <class T>
  void gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
    batch.reserve(values_.rows(), static_cast<Index>(rows.size()));
    batch.count = static_cast<Index>(rows.size());
    for (std::size_t j = 0; j < rows.size(); ++j) {
      batch.dense.col(static_cast<Index>(j)) = values_.col(rows[j]).template cast<T>();
      batch.labels[j] = labels_[rows[j]];
    }
  }

  InputShape shape_;
  Matrix<float> values_;
  std::vector<std::int32_t> labels_;
};

/// 0 .. n-1
inline std::vector<std::uint32_t> all_rows(std::uint32_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

template <class T>
DenseNetwork<T> toy_network(Index features, int classes, std::vector<Index> hidden = {8}) {
  DenseNetworkSpec spec;
  spec.hidden = std::move(hidden);
  return {spec, features, classes};
}

inline Stream batches(std::uint32_t turn = 0) { return Stream(7, Purpose::batches, 3, turn); }

}  // namespace fedtide
