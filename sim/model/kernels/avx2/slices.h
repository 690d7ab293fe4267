#pragma once
// How the windows of a convolution are cut for registers: slices of R lines and 8 W numbers of each.

#include "sim/model/kernels/avx2/vectors.h"
#include "sim/model/kernels/conv_pool.h"

namespace fedtide::kernels::avx2 {
namespace {

constexpr Index kMostSums = 12;  ///< vectors in registers

struct Slice {
  Index line;    ///< first
  Index lines;   ///< R
  Index begin;   ///< first number of a line
  Index wide;    ///< W
  Index offset;  ///< of the slice's numbers where all slices lie behind each other, [out, R, 8 W] each
};

template <int R, int W>
struct Size {};

/// Calls f(Size<R, W>) for the size of a slice: R W <= 12, R <= 5.
template <int R, int W, class F>
void with_size(const Slice& slice, const F& f) {
  if constexpr (W > kMostSums) {
    return;
  } else if constexpr (R * W > kMostSums || R > 5) {
    with_size<1, W + 1>(slice, f);
  } else {
    if (slice.lines == R && slice.wide == W) return f(Size<R, W>());
    with_size<R + 1, W>(slice, f);
  }
}

/// Calls f(slice) for each slice of a window.
template <class F>
void for_slices(const ConvPool& shape, const F& f) {
  const Index wide = (shape.line + kLanes - 1) / kLanes;
  const Index parts = (wide + kMostSums - 1) / kMostSums;
  const Index most = wide >= kMostSums ? 1 : kMostSums / wide < 5 ? kMostSums / wide : 5;
  const Index groups = (shape.kernel + most - 1) / most;
  Index offset = 0;
  for (Index g = 0, line = 0; g < groups; ++g) {
    const Index lines = (shape.kernel - line + groups - g - 1) / (groups - g);
    for (Index p = 0, begin = 0; p < parts; ++p) {
      const Index vectors = (wide - begin + parts - p - 1) / (parts - p);
      f(Slice{line, lines, begin * kLanes, vectors, offset});
      offset += shape.out * lines * vectors * kLanes;
      begin += vectors;
    }
    line += lines;
  }
}

}  // namespace
}  // namespace fedtide::kernels::avx2
