#pragma once
// Kernels of the block "convolution, ReLU, 2 x 2 max pool" in float32, one image at a time. Three of four gradients of
// the pool's input are 0, and those whose output is 0 too: the backward pass goes through lists of what is left.

#include <cstdint>

#include "sim/base/vector.h"

namespace fedtide::kernels {

/// Sizes of one block. Images are [channels, width, height], channels fastest, and come with their border of zeros; a
/// padded image has kBehind more numbers behind it, which are read but do not matter.
struct ConvPool {
  static constexpr Index kBehind = 16;  ///< numbers behind a padded image

  Index width = 0;   ///< of the padded image
  Index height = 0;  ///< the same
  Index in = 0;      ///< channels
  Index kernel = 0;  ///< its height and width
  Index out = 0;     ///< channels, at most 256
  Index pooled_width = 0;
  Index pooled_height = 0;

  // Derived by `complete`:
  Index row = 0;     ///< numbers in a row of the padded image
  Index line = 0;    ///< numbers in a row of a window, kernel * in
  Index lanes = 0;   ///< out, rounded up to a multiple of 8
  Index pixels = 0;  ///< of the pooled image
};
ConvPool complete(ConvPool shape);

/// A gradient that came through the pool.
struct PoolEntry {
  std::uint32_t offset;  ///< of its window in the padded image
  float value;
};

/// What came through the pool of one image, by channel and by place; memory of the caller.
struct PoolLists {
  PoolEntry* by_channel;      ///< [out, pixels + 1], the last is scratch
  std::uint32_t* in_channel;  ///< [out], how many
  std::uint8_t* by_place;     ///< [4 pixels, lanes], channels
  std::uint16_t* in_place;    ///< [4 pixels], how many
};

struct ConvPoolKernels {
  /// Numbers that `prepare_forward` writes, and scratch of `forward`.
  Index (*prepared_size)(const ConvPool& shape);
  Index (*scratch_size)(const ConvPool& shape);
  /// Weights [out, kernel, kernel, in] in the order or the transform that `forward` wants.
  void (*prepare_forward)(const ConvPool& shape, const float* w, float* prepared);
  /// y [out, pixels] = max(0, conv + bias) of the largest in each window; place [lanes, pixels]: 0 .. 3 where that is,
  /// first of equal ones, 4 where y is 0. bias null: none.
  void (*forward)(const ConvPool& shape, const float* prepared, const float* bias, const float* image, float* scratch,
                  float* y, std::uint8_t* place);
  /// The lists of dy [out, pixels] by channel.
  void (*list_channels)(const ConvPool& shape, const float* dy, const std::uint8_t* place, const PoolLists& lists);
  /// Numbers of dw; its lines are rounded up to multiples of 8.
  Index (*gradient_size)(const ConvPool& shape);
  /// dw += gradient of the weights.
  void (*add_gradient)(const ConvPool& shape, const float* image, const PoolLists& lists, float* dw);
  /// The same without lists, and sums[out] += sum over each channel's gradients, where the sizes allow it.
  bool (*single_gradient_fits)(const ConvPool& shape);
  void (*add_single_gradient)(const ConvPool& shape, const float* image, const float* dy, const std::uint8_t* place,
                              float* dw, double* sums);
  /// target [out, kernel, kernel, in] += dw.
  void (*apply_gradient)(const ConvPool& shape, const float* dw, float* target);
  /// Numbers that `prepare_backward` writes, and zeros between them that are there from the start.
  Index (*backward_size)(const ConvPool& shape);
  /// Weights in the order that `add_input_gradient` wants.
  void (*prepare_backward)(const ConvPool& shape, const float* w, float* prepared);
  /// dimage (padded) += gradient of the image; the lists by place are its scratch.
  void (*add_input_gradient)(const ConvPool& shape, const float* prepared, const float* dy, const std::uint8_t* place,
                             const PoolLists& lists, float* dimage);
};

/// Null where the processor has none: then the layers run one by one.
const ConvPoolKernels* conv_pool_kernels();

}  // namespace fedtide::kernels
