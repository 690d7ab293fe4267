#pragma once
// Examples of unsigned bytes, for images: they stay bytes in memory, a quarter of float32.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// A batch gets value / 255, correctly rounded: 0 .. 1.
class ByteDataset final : public Dataset {
 public:
  /// values [size, features] with a sample's bytes contiguous; labels [size], each below shape.classes.
  ByteDataset(InputShape shape, std::vector<std::uint8_t> values, std::vector<std::int32_t> labels);

  std::uint32_t size() const override { return static_cast<std::uint32_t>(labels_.size()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override;
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override;
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override;

 private:
  template <class T>
  void gather_scaled(std::span<const std::uint32_t> rows, Batch<T>& batch) const;

  InputShape shape_;
  Index features_;
  std::vector<std::uint8_t> values_;
  std::vector<std::int32_t> labels_;
};

}  // namespace fedtide
