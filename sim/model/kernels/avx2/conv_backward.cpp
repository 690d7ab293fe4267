// Which way the gradient of a block's image is computed.

#include "sim/model/kernels/avx2/conv_pool.h"

namespace fedtide::kernels::avx2 {

Index backward_size(const ConvPool& shape) {
  return patch_inputs_fit(shape) ? patch_inputs_size(shape) : gradient_size(shape);
}

void prepare_backward(const ConvPool& shape, const float* w, float* prepared) {
  patch_inputs_fit(shape) ? patch_inputs_prepare(shape, w, prepared) : listed_inputs_prepare(shape, w, prepared);
}

void add_input_gradient(const ConvPool& shape, const float* prepared, const float* dy, const std::uint8_t* place,
                        const PoolLists& lists, float* dimage) {
  if (patch_inputs_fit(shape)) return add_patch_inputs(shape, prepared, dy, place, dimage);
  list_places(shape, place, lists);
  add_listed_inputs(shape, prepared, dy, lists, dimage);
}

}  // namespace fedtide::kernels::avx2
