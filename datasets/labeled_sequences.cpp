#include "datasets/labeled_sequences.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "datasets/gather.h"
#include "sim/base/error.h"

namespace fedtide {

LabeledSequences::LabeledSequences(InputShape shape, std::vector<std::uint16_t> tokens,
                                   std::vector<std::int32_t> labels)
    : shape_(std::move(shape)), tokens_(std::move(tokens)), labels_(std::move(labels)) {
  FEDTIDE_REQUIRE(shape_.kind == InputShape::Kind::sequence && !shape_.label_each_step, "no sequences with one label");
  FEDTIDE_REQUIRE(labels_.size() <= std::numeric_limits<std::uint32_t>::max(), "{} samples do not fit in 32 bits",
                  labels_.size());
  FEDTIDE_REQUIRE(tokens_.size() == labels_.size() * static_cast<std::size_t>(shape_.features()),
                  "{} tokens for {} samples of {}", tokens_.size(), labels_.size(), shape_.features());
  for (const std::uint16_t token : tokens_) {
    FEDTIDE_REQUIRE(token < shape_.vocabulary, "token {} of {}", token, shape_.vocabulary);
  }
}

Bytes LabeledSequences::memory() const {
  return {static_cast<std::int64_t>(tokens_.size() * sizeof(std::uint16_t) + labels_.size() * sizeof(std::int32_t))};
}

template <class T>
void LabeledSequences::gather_as(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  const auto steps = static_cast<std::size_t>(shape_.features());
  if (batch.tokens.size() < rows.size() * steps) batch.tokens.resize(rows.size() * steps);
  batch.count = static_cast<Index>(rows.size());
  std::int32_t* token = batch.tokens.data();
  for (const std::uint32_t row : rows) token = std::copy_n(tokens_.data() + row * steps, steps, token);
  gather_labels(labels(), rows, batch);
}

}  // namespace fedtide
