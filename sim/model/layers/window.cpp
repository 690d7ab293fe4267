#include "sim/model/layers/window.h"

#include <fmt/format.h>

namespace fedtide {

WindowSpan window_span(Index length, Index size, Index stride, std::optional<Index> padding) {
  WindowSpan span{size, stride, 0, length, 0};
  if (padding) {
    span.before = *padding;
    const Index room = length + 2 * *padding - size;
    span.outputs = room < 0 ? 0 : room / stride + 1;
  } else {
    span.outputs = (length + stride - 1) / stride;
    span.before = std::max<Index>(0, (span.outputs - 1) * stride + size - length) / 2;
  }
  return span;
}

std::string window_mismatch(const Shape& in, Index size, std::optional<Index> padding) {
  if (in.kind != Shape::Kind::image) return fmt::format("takes an image, got a {}", in.text());
  if (!padding) return "";
  if (*padding >= size) return fmt::format("padding of {} for windows of {} x {}; must be less", *padding, size, size);
  if (std::min(in.height, in.width) + 2 * *padding >= size) return "";
  return fmt::format("windows of {} x {} do not fit a {} with padding {}", size, size, in.text(), *padding);
}

}  // namespace fedtide
