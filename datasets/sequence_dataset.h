#pragma once
// Sequences of tokens, to predict each token from those before it. A sample is a window of a text, so the text is in
// memory once, in one or two bytes a token.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// Tokens first .. first + length - 1 of a text; the labels are those one further.
struct Window {
  std::uint64_t first = 0;
  std::uint32_t length = 0;
};

/// Windows of `steps` tokens over the tokens begin .. end - 1, a `stride` apart, up to the one that reaches the end;
/// that one may be shorter, unless only whole ones are wanted.
void cut_windows(std::uint64_t begin, std::uint64_t end, std::uint32_t steps, std::uint32_t stride, bool whole_only,
                 std::vector<Window>& windows);

/// A batch gets a window's tokens and, as the data set's shape says, a label for each step or for the last one. What a
/// short window lacks is token 0 without a label.
template <class Token>
class SequenceDataset final : public Dataset {
 public:
  /// tokens below shape.vocabulary, which is also shape.classes; a window ends before the last token.
  SequenceDataset(InputShape shape, std::vector<Token> tokens, std::vector<Window> windows);

  std::uint32_t size() const override { return static_cast<std::uint32_t>(windows_.size()); }
  const InputShape& shape() const override { return shape_; }
  std::span<const std::int32_t> labels() const override { return last_labels_; }  ///< of each window's last step
  Bytes memory() const override;
  void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const override { gather_windows(rows, batch); }
  void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const override { gather_windows(rows, batch); }

 private:
  template <class T>
  void gather_windows(std::span<const std::uint32_t> rows, Batch<T>& batch) const;

  InputShape shape_;
  std::vector<Token> tokens_;
  std::vector<Window> windows_;
  std::vector<std::int32_t> last_labels_;  ///< [size]
};

}  // namespace fedtide
