#include "sim/learn/shifted_dataset.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "sim/base/error.h"

namespace fedtide {

std::string needs_dense_features(const InputShape& shape) {
  switch (shape.kind) {
    case InputShape::Kind::sparse:
      return "needs dense features, the data set has sparse ones";
    case InputShape::Kind::sequence:
      return "needs dense features, the data set has tokens";
    default:
      return {};
  }
}

std::string needs_one_label(const InputShape& shape) {
  if (shape.classes == 0) return "needs labels, the data set has none";
  return shape.labels() == 1 ? "" : "needs one label a sample, the data set has one a step";
}

ShiftedDataset::ShiftedDataset(std::shared_ptr<const Dataset> base, Shards shards, std::vector<std::uint32_t> ids,
                               std::uint32_t clients, Shifts shifts, std::uint64_t seed, std::uint32_t part)
    : base_(std::move(base)),
      shards_(std::move(shards)),
      ids_(std::move(ids)),
      clients_(clients),
      shifts_(std::move(shifts)),
      seed_(seed),
      part_(part) {
  FEDTIDE_REQUIRE(ids_.size() == shards_.population(), "{} numbers for {} clients", ids_.size(), shards_.population());
  if (shards_.rows.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Failure(ExitCode::usage, fmt::format("data.shift: the clients hold {} samples together, must be at most {}; "
                                               "have fewer clients or smaller ones",
                                               shards_.rows.size(), std::numeric_limits<std::uint32_t>::max()));
  }
  relabel();
}

void ShiftedDataset::relabel() {
  const std::span<const std::int32_t> all = base_->labels();
  if (all.empty()) return;
  labels_.resize(shards_.rows.size());
  for (std::size_t p = 0; p < labels_.size(); ++p) labels_[p] = all[shards_.rows[p]];
  for (std::size_t place = 0; place < shifts_.size(); ++place) {
    if (!shifts_[place]->changes_labels()) continue;
    relabels_ = true;
    for (std::uint32_t holder = 0; holder < shards_.population(); ++holder) {
      for (auto p = static_cast<std::uint32_t>(shards_.begin[holder]); p < shards_.begin[holder + 1]; ++p) {
        labels_[p] = shifts_[place]->relabel(subject(place, holder, p), labels_[p], shape().classes);
      }
    }
  }
}

Bytes ShiftedDataset::memory() const {
  return base_->memory() + Bytes{static_cast<std::int64_t>(shards_.begin.size() * sizeof(std::uint64_t) +
                                                           (shards_.rows.size() + labels_.size() + ids_.size()) * 4)};
}

Shards ShiftedDataset::positions() const {
  Shards own;
  own.begin = shards_.begin;
  own.rows.resize(shards_.rows.size());
  std::iota(own.rows.begin(), own.rows.end(), 0u);
  own.names = shards_.names;
  return own;
}

template <class T>
void ShiftedDataset::gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  // Kept by each thread, so that it does not allocate once it has its size.
  thread_local std::vector<std::uint32_t> base_rows;
  base_rows.resize(rows.size());
  std::transform(rows.begin(), rows.end(), base_rows.begin(), [this](std::uint32_t p) { return shards_.rows[p]; });
  base_->gather(base_rows, batch);
  if (relabels_) {
    for (std::size_t j = 0; j < rows.size(); ++j) batch.labels[j] = labels_[rows[j]];
  }
  change(rows, batch);
}

template <class T>
void ShiftedDataset::change(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  std::uint32_t holder = 0;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    // A batch is mostly one client's.
    if (rows[j] < shards_.begin[holder] || rows[j] >= shards_.begin[holder + 1]) {
      const auto after = std::upper_bound(shards_.begin.begin(), shards_.begin.end(), std::uint64_t{rows[j]});
      holder = static_cast<std::uint32_t>(after - shards_.begin.begin()) - 1;
    }
    const auto column = static_cast<Index>(j);
    for (std::size_t place = 0; place < shifts_.size(); ++place) {
      if (!shifts_[place]->changes_features()) continue;
      shifts_[place]->change(
          subject(place, holder, rows[j]),
          std::span<T>(batch.dense.col(column).data(), static_cast<std::size_t>(batch.dense.rows())));
    }
  }
}

template void ShiftedDataset::gather_as(std::span<const std::uint32_t> rows, Batch<float>& batch) const;
template void ShiftedDataset::gather_as(std::span<const std::uint32_t> rows, Batch<double>& batch) const;

}  // namespace fedtide
