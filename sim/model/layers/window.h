#pragma once
// Square windows that slide over an image: of convolutions and pooling.

#include <algorithm>
#include <optional>
#include <string>

#include "sim/model/shape.h"

namespace fedtide {

/// Windows along one side of an image.
struct WindowSpan {
  Index size = 1;     ///< pixels of a window
  Index stride = 1;   ///< pixels from one window to the next
  Index before = 0;   ///< pixels of padding before the first
  Index length = 0;   ///< pixels of the image
  Index outputs = 0;  ///< number of windows; less than 1 where none fits

  /// First pixel of window o; negative in the padding.
  Index first(Index o) const { return o * stride - before; }
  /// Part of window o that lies on the image: [begin, end) within the window.
  Index begin(Index o) const { return std::max<Index>(0, -first(o)); }
  Index end(Index o) const { return std::min(size, length - first(o)); }
};

/// With `padding` pixels at both ends: (length + 2 padding - size) / stride + 1 windows, rounded down. Without
/// (`same`): length / stride windows, rounded up; of an odd padding the larger half is behind the image (TensorFlow's
/// SAME).
WindowSpan window_span(Index length, Index size, Index stride, std::optional<Index> padding);

/// Why windows of this size do not fit the image; empty when they do.
std::string window_mismatch(const Shape& in, Index size, std::optional<Index> padding);

}  // namespace fedtide
