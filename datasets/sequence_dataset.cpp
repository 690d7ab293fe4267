#include "datasets/sequence_dataset.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/base/error.h"

namespace fedtide {

void cut_windows(std::uint64_t begin, std::uint64_t end, std::uint32_t steps, std::uint32_t stride, bool whole_only,
                 std::vector<Window>& windows) {
  for (std::uint64_t first = begin; first + 1 < end; first += stride) {
    const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(steps, end - 1 - first));
    if (length == steps || !whole_only) windows.push_back({first, length});
    if (first + length + 1 == end) return;
  }
}

template <class Token>
SequenceDataset<Token>::SequenceDataset(InputShape shape, std::vector<Token> tokens, std::vector<Window> windows)
    : shape_(std::move(shape)), tokens_(std::move(tokens)), windows_(std::move(windows)) {
  FEDTIDE_REQUIRE(windows_.size() <= std::numeric_limits<std::uint32_t>::max(), "{} samples do not fit in 32 bits",
                  windows_.size());
  FEDTIDE_REQUIRE(shape_.kind == InputShape::Kind::sequence && shape_.vocabulary == shape_.classes,
                  "{} tokens to predict out of {}", shape_.classes, shape_.vocabulary);
  for (const Token token : tokens_) {
    FEDTIDE_REQUIRE(token < shape_.vocabulary, "token {} of {}", token, shape_.vocabulary);
  }
  const auto steps = static_cast<std::uint64_t>(shape_.features());
  last_labels_.reserve(windows_.size());
  for (const Window& window : windows_) {
    FEDTIDE_REQUIRE(window.length > 0 && window.length <= steps && window.first + window.length < tokens_.size(),
                    "a window of {} tokens from {} on, of {} tokens in windows of {}", window.length, window.first,
                    tokens_.size(), steps);
    FEDTIDE_REQUIRE(shape_.label_each_step || window.length == steps, "a short window without a last step");
    last_labels_.push_back(tokens_[window.first + window.length]);
  }
}

template <class Token>
Bytes SequenceDataset<Token>::memory() const {
  return {static_cast<std::int64_t>(tokens_.size() * sizeof(Token) +
                                    windows_.size() * (sizeof(Window) + sizeof(std::int32_t)))};
}

template <class Token>
template <class T>
void SequenceDataset<Token>::gather_windows(std::span<const std::uint32_t> rows, Batch<T>& batch) const {
  const auto steps = static_cast<std::size_t>(shape_.features());
  const std::size_t labels = shape_.label_each_step ? steps : 1;
  if (batch.tokens.size() < rows.size() * steps) batch.tokens.resize(rows.size() * steps);
  if (batch.labels.size() < rows.size() * labels) batch.labels.resize(rows.size() * labels);
  batch.count = static_cast<Index>(rows.size());
  std::int32_t* token = batch.tokens.data();
  std::int32_t* label = batch.labels.data();
  for (const std::uint32_t row : rows) {
    const Window window = windows_[row];
    const Token* text = tokens_.data() + window.first;
    std::copy_n(text, window.length, token);
    std::fill(token + window.length, token + steps, 0);
    token += steps;
    if (shape_.label_each_step) {
      std::copy_n(text + 1, window.length, label);
      std::fill(label + window.length, label + steps, -1);
    } else {
      *label = text[window.length];
    }
    label += labels;
  }
}

template class SequenceDataset<std::uint8_t>;
template class SequenceDataset<std::uint16_t>;

}  // namespace fedtide
