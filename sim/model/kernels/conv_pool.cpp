#include "sim/model/kernels/conv_pool.h"

#include "sim/model/kernels/avx2/conv_pool.h"
#include "sim/model/kernels/dispatch.h"

namespace fedtide::kernels {

ConvPool complete(ConvPool shape) {
  shape.row = shape.width * shape.in;
  shape.line = shape.kernel * shape.in;
  shape.lanes = (shape.out + 7) / 8 * 8;
  shape.pixels = shape.pooled_width * shape.pooled_height;
  return shape;
}

const ConvPoolKernels* conv_pool_kernels() {
#if defined(__x86_64__)
  static const ConvPoolKernels avx2{
      .prepared_size = &avx2::prepared_size,
      .scratch_size = &avx2::scratch_size,
      .prepare_forward = &avx2::prepare_forward,
      .forward = &avx2::forward,
      .list_channels = &avx2::list_channels,
      .gradient_size = &avx2::gradient_size,
      .add_gradient = &avx2::add_gradient,
      .single_gradient_fits = &avx2::single_gradient_fits,
      .add_single_gradient = &avx2::add_single_gradient,
      .apply_gradient = &avx2::apply_gradient,
      .backward_size = &avx2::backward_size,
      .prepare_backward = &avx2::prepare_backward,
      .add_input_gradient = &avx2::add_input_gradient,
  };
  return use_avx2() ? &avx2 : nullptr;
#else
  return nullptr;
#endif
}

}  // namespace fedtide::kernels
