#pragma once
// One sample, so that the quadratic model's gradient is x - e and an optimizer's recursion can be followed by hand.

#include "sim/learn/dataset.h"
#include "sim/model/quadratic.h"

namespace fedtide {

class PointDataset final : public Dataset {
 public:
  explicit PointDataset(Vector<double> e) : e_(std::move(e)) { shape_.dims = {e_.size()}; }
  std::uint32_t size() const override { return 1; }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return {}; }
  Bytes memory() const override { return {0}; }
  void gather(std::span<const std::uint32_t>, Batch<float>& batch) const override { gather_as(batch); }
  void gather(std::span<const std::uint32_t>, Batch<double>& batch) const override { gather_as(batch); }

 private:
  template <class T>
  void gather_as(Batch<T>& batch) const {
    batch.reserve(e_.size(), 1);
    batch.count = 1;
    batch.dense.col(0) = e_.cast<T>();
  }
  Vector<double> e_;
  InputShape shape_;
};

}  // namespace fedtide
