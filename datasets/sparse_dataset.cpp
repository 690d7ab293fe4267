#include "datasets/sparse_dataset.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "datasets/gather.h"
#include "sim/base/error.h"

namespace fedtide {

void SparseRows::append(std::span<const std::uint32_t> row) {
  columns.insert(columns.end(), row.begin(), row.end());
  begin.push_back(columns.size());
}

SparseDataset::SparseDataset(InputShape shape, SparseRows samples, std::vector<std::int32_t> labels,
                             Matrix<float> targets)
    : shape_(std::move(shape)), samples_(std::move(samples)), labels_(std::move(labels)), targets_(std::move(targets)) {
  FEDTIDE_REQUIRE(samples_.size() <= std::numeric_limits<std::uint32_t>::max(), "{} samples do not fit in 32 bits",
                  samples_.size());
  FEDTIDE_REQUIRE(shape_.kind == InputShape::Kind::sparse && samples_.begin.back() == samples_.columns.size() &&
                      (samples_.values.empty() || samples_.values.size() == samples_.columns.size()),
                  "{} columns and {} values for {} entries", samples_.columns.size(), samples_.values.size(),
                  samples_.begin.back());
  FEDTIDE_REQUIRE(labels_.empty() || labels_.size() == size(), "{} labels for {} samples", labels_.size(), size());
  FEDTIDE_REQUIRE(targets_.rows() == shape_.targets && (shape_.targets == 0 || targets_.cols() == size()),
                  "{} x {} targets for {} samples of {}", targets_.rows(), targets_.cols(), size(), shape_.targets);
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    const std::uint64_t first = samples_.begin[i], last = samples_.begin[i + 1];
    FEDTIDE_REQUIRE(first <= last, "row {} ends before it begins", i);
    longest_ = std::max(longest_, static_cast<std::size_t>(last - first));
    for (std::uint64_t e = first; e < last; ++e) {
      const std::uint32_t column = samples_.columns[e];
      FEDTIDE_REQUIRE(column < shape_.features() && (e == first || column > samples_.columns[e - 1]),
                      "row {}: column {} of {} is out of range or out of order", i, column, shape_.features());
    }
  }
}

Bytes SparseDataset::memory() const {
  return {static_cast<std::int64_t>(
      samples_.begin.size() * sizeof(std::uint64_t) + samples_.columns.size() * sizeof(std::uint32_t) +
      (samples_.values.size() + static_cast<std::size_t>(targets_.size())) * sizeof(float) +
      labels_.size() * sizeof(std::int32_t))};
}

template <class T>
void SparseDataset::gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  // Room for the longest rows, so that another batch of as many samples needs no more.
  const std::size_t room = rows.size() * longest_;
  if (batch.rows.size() < rows.size() + 1) batch.rows.resize(rows.size() + 1);
  if (batch.columns.size() < room) batch.columns.resize(room);
  if (batch.values.size() < room) batch.values.resize(room);
  batch.count = static_cast<Index>(rows.size());
  std::size_t at = 0;
  batch.rows[0] = 0;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    for (std::uint64_t e = samples_.begin[rows[j]]; e < samples_.begin[rows[j] + 1]; ++e, ++at) {
      batch.columns[at] = static_cast<std::int32_t>(samples_.columns[e]);
      batch.values[at] = samples_.values.empty() ? T(1) : static_cast<T>(samples_.values[e]);
    }
    batch.rows[j + 1] = static_cast<Index>(at);
  }
  gather_labels(labels(), rows, batch);
  gather_targets(targets_, rows, batch);
}

}  // namespace fedtide
