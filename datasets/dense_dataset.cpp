#include "datasets/dense_dataset.h"

#include <limits>
#include <utility>

#include "datasets/gather.h"
#include "sim/base/error.h"

namespace fedtide {

DenseDataset::DenseDataset(InputShape shape, Matrix<float> values, std::vector<std::int32_t> labels,
                           Matrix<float> targets)
    : shape_(std::move(shape)), values_(std::move(values)), labels_(std::move(labels)), targets_(std::move(targets)) {
  FEDTIDE_REQUIRE(values_.cols() <= std::numeric_limits<std::uint32_t>::max(), "{} samples do not fit in 32 bits",
                  values_.cols());
  FEDTIDE_REQUIRE(values_.rows() == shape_.features(), "{} features, the shape says {}", values_.rows(),
                  shape_.features());
  FEDTIDE_REQUIRE(labels_.empty() || labels_.size() == size(), "{} labels for {} samples", labels_.size(), size());
  FEDTIDE_REQUIRE(targets_.rows() == shape_.targets && (shape_.targets == 0 || targets_.cols() == values_.cols()),
                  "{} x {} targets for {} samples of {}", targets_.rows(), targets_.cols(), size(), shape_.targets);
}

Bytes DenseDataset::memory() const {
  return {static_cast<std::int64_t>(static_cast<std::size_t>(values_.size() + targets_.size()) * sizeof(float) +
                                    labels_.size() * sizeof(std::int32_t))};
}

template <class T>
void DenseDataset::gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  const Index features = values_.rows();
  gather_columns(features, labels(), rows, batch, [this, features](std::uint32_t row, T* __restrict column) {
    const float* __restrict sample = values_.data() + static_cast<Index>(row) * features;
    for (Index i = 0; i < features; ++i) column[i] = static_cast<T>(sample[i]);
  });
  gather_targets(targets_, rows, batch);
}

void DenseDataset::gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const { gather_as(rows, batch); }
void DenseDataset::gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const { gather_as(rows, batch); }

}  // namespace fedtide
