#include "datasets/byte_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "datasets/gather.h"
#include "sim/base/error.h"

namespace fedtide {

ByteDataset::ByteDataset(InputShape shape, std::vector<std::uint8_t> values, std::vector<std::int32_t> labels)
    : shape_(std::move(shape)), features_(shape_.features()), values_(std::move(values)), labels_(std::move(labels)) {
  FEDTIDE_REQUIRE(labels_.size() <= std::numeric_limits<std::uint32_t>::max(), "{} samples do not fit in 32 bits",
                  labels_.size());
  FEDTIDE_REQUIRE(values_.size() == labels_.size() * static_cast<std::size_t>(features_),
                  "{} values for {} samples of {}", values_.size(), labels_.size(), features_);
}

Bytes ByteDataset::memory() const {
  return {static_cast<std::int64_t>(values_.size() + labels_.size() * sizeof(std::int32_t))};
}

namespace {

/// x / 255, correctly rounded. A division is vector code, but slow; with fused multiply-adds one correction of the
/// product with the reciprocal gives the same bits (Markstein 1990), and a test has all 256.
template <class T>
T over_255(T x) {
#ifdef __FMA__
  constexpr T kReciprocal = T{1} / T{255};
  const T quotient = x * kReciprocal;
  return std::fma(std::fma(T{-255}, quotient, x), kReciprocal, quotient);
#else
  return x / T{255};
#endif
}

/// Asks for a sample's memory. Samples of a batch lie anywhere, and most are in no cache.
void prefetch(const std::uint8_t* sample, Index bytes) {
  for (Index i = 0; i < bytes; i += 64) __builtin_prefetch(sample + i);
}

constexpr Index kMostAhead = 64;  ///< samples asked for before the first is read

}  // namespace

template <class T>
void ByteDataset::gather_scaled(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  const std::uint8_t* values = values_.data();
  const Index features = features_;
  for (const std::uint32_t row : rows.first(std::min<std::size_t>(rows.size(), kMostAhead))) {
    prefetch(values + static_cast<Index>(row) * features, features);
  }
  gather_columns(features, labels(), rows, batch, [values, features](std::uint32_t row, T* __restrict column) {
    const std::uint8_t* __restrict sample = values + static_cast<Index>(row) * features;
    for (Index i = 0; i < features; ++i) column[i] = over_255(static_cast<T>(sample[i]));
  });
}

void ByteDataset::gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const { gather_scaled(rows, batch); }
void ByteDataset::gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const {
  gather_scaled(rows, batch);
}

}  // namespace fedtide
