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
  static const ConvPoolKernels avx2{&avx2::prepared_size,    &avx2::scratch_size,      &avx2::prepare_forward,
                                    &avx2::forward,          &avx2::list_channels,     &avx2::list_places,
                                    &avx2::gradient_size,    &avx2::add_gradient,      &avx2::apply_gradient,
                                    &avx2::prepare_backward, &avx2::add_input_gradient};
  return use_avx2() ? &avx2 : nullptr;
#else
  return nullptr;
#endif
}

}  // namespace fedtide::kernels
