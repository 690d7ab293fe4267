#pragma once
// Sequences of tokens that have a class each, such as short texts and what they say.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

class LabeledSequences final : public Dataset {
 public:
  /// tokens [shape.features(), size], a sample's one after the other, below shape.vocabulary; labels [size], below
  /// shape.classes.
  LabeledSequences(InputShape shape, std::vector<std::uint16_t> tokens, std::vector<std::int32_t> labels);

  std::uint32_t size() const override { return static_cast<std::uint32_t>(labels_.size()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return labels_; }
  Bytes memory() const override;
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { gather_as(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { gather_as(rows, batch); }

 private:
  template <class T>
  void gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const;

  InputShape shape_;
  std::vector<std::uint16_t> tokens_;
  std::vector<std::int32_t> labels_;
};

}  // namespace fedtide
