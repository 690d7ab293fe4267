#pragma once
// Some samples of another data set.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// Sample i is sample rows[i] of the other data set, which stays in memory as a whole.
class SubsetDataset final : public Dataset {
 public:
  SubsetDataset(std::shared_ptr<const Dataset> whole, std::vector<std::uint32_t> rows);

  std::uint32_t size() const override { return static_cast<std::uint32_t>(rows_.size()); }
  const InputShape& shape() const override { return whole_->shape(); }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override;
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { gather_as(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { gather_as(rows, batch); }

 private:
  template <class T>
  void gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const;

  std::shared_ptr<const Dataset> whole_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::int32_t> labels_;
};

}  // namespace fedtide
