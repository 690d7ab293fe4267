#include "datasets/subset_dataset.h"

#include <utility>

#include "sim/base/error.h"

namespace fedtide {

SubsetDataset::SubsetDataset(std::shared_ptr<const Dataset> whole, std::vector<std::uint32_t> rows)
    : whole_(std::move(whole)), rows_(std::move(rows)) {
  for (const std::uint32_t row : rows_) {
    FEDTIDE_REQUIRE(row < whole_->size(), "row {} of {} samples", row, whole_->size());
  }
  const std::span<const std::int32_t> labels = whole_->labels();
  if (labels.empty()) return;
  labels_.reserve(rows_.size());
  for (const std::uint32_t row : rows_) labels_.push_back(labels[row]);
}

Bytes SubsetDataset::memory() const {
  return {whole_->memory().count +
          static_cast<std::int64_t>(rows_.size() * sizeof(std::uint32_t) + labels_.size() * sizeof(std::int32_t))};
}

template <class T>
void SubsetDataset::gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  // Gathering allocates nothing once a thread's batches have their size, and the threads share this data set.
  thread_local std::vector<std::uint32_t> of_whole;
  of_whole.clear();
  for (const std::uint32_t row : rows) of_whole.push_back(rows_[row]);
  whole_->gather(of_whole, batch);
}

}  // namespace fedtide
