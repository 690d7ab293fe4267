#pragma once
// The samples of a data set as its clients see them.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"
#include "sim/learn/shift.h"

namespace fedtide {

/// Sample p is the p-th of all shards, one client's after the other, changed for its client. Nothing is stored but
/// labels: features are changed as they are gathered, each time in the same way.
class ShiftedDataset final : public Dataset {
 public:
  using Shifts = std::vector<std::shared_ptr<const Shift>>;

  /// ids [shards.population()]: the clients' numbers among `clients`, for the shifts; part: 0 where the base is the
  /// training set, 1 for the test set. The shifts fit the base's shape; the base is not shifted itself.
  ShiftedDataset(std::shared_ptr<const Dataset> base, Shards shards, std::vector<std::uint32_t> ids,
                 std::uint32_t clients, Shifts shifts, std::uint64_t seed, std::uint32_t part = 0);

  std::uint32_t size() const override { return static_cast<std::uint32_t>(shards_.rows.size()); }
  const InputShape& shape() const override { return base_->shape(); }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override;
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { gather_as(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { gather_as(rows, batch); }

  /// Who holds which samples of this data set.
  Shards positions() const;
  /// Who holds which samples of the base.
  const Shards& shards() const { return shards_; }

 private:
  template <class T>
  void gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const;
  template <class T>
  void change(std::span<const std::uint32_t> rows, Batch<T>& batch) const;
  void relabel();
  ShiftSubject subject(std::size_t place, std::uint32_t holder, std::uint32_t position) const {
    return {seed_, static_cast<std::uint32_t>(place), ids_[holder], clients_, shards_.rows[position], part_};
  }

  std::shared_ptr<const Dataset> base_;
  Shards shards_;
  std::vector<std::uint32_t> ids_;
  std::uint32_t clients_;
  Shifts shifts_;
  std::uint64_t seed_;
  std::uint32_t part_;
  std::vector<std::int32_t> labels_;  // [size], or empty
  bool relabels_ = false;
};

}  // namespace fedtide
