// Which forward pass a block's sizes get.

#include "sim/model/kernels/avx2/conv_pool.h"

namespace fedtide::kernels::avx2 {

Index prepared_size(const ConvPool& shape) {
  return winograd_fits(shape) ? winograd_prepared_size(shape) : direct_prepared_size(shape);
}

Index scratch_size(const ConvPool& shape) { return winograd_fits(shape) ? winograd_scratch_size(shape) : 0; }

void prepare_forward(const ConvPool& shape, const float* w, float* prepared) {
  winograd_fits(shape) ? winograd_prepare(shape, w, prepared) : direct_prepare(shape, w, prepared);
}

void forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image, float* scratch,
             float* y, std::uint8_t* place) {
  if (winograd_fits(shape)) return winograd_forward(shape, prepared, bias, image, scratch, y, place);
  if (single_fits(shape)) return single_forward(shape, prepared, bias, image, y, place);
  direct_forward(shape, prepared, bias, image, y, place);
}

}  // namespace fedtide::kernels::avx2
