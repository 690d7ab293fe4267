#pragma once
// The AVX2 functions behind sim/model/kernels/conv_pool.h; see avx2/dense.h.

#include "sim/model/kernels/conv_pool.h"

namespace fedtide::kernels::avx2 {

Index prepared_size(const ConvPool& shape);
Index scratch_size(const ConvPool& shape);
void prepare_forward(const ConvPool& shape, const float* w, float* prepared);
void forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image, float* scratch,
             float* y, std::uint8_t* place);
void list_channels(const ConvPool& shape, const float* dy, const std::uint8_t* place, const PoolLists& lists);
Index gradient_size(const ConvPool& shape);
void add_gradient(const ConvPool& shape, const float* image, const PoolLists& lists, float* dw);
void apply_gradient(const ConvPool& shape, const float* dw, float* target);
Index backward_size(const ConvPool& shape);
void prepare_backward(const ConvPool& shape, const float* w, float* prepared);
void add_input_gradient(const ConvPool& shape, const float* prepared, const float* dy, const std::uint8_t* place,
                        const PoolLists& lists, float* dimage);
bool single_gradient_fits(const ConvPool& shape);
void add_single_gradient(const ConvPool& shape, const float* image, const float* dy, const std::uint8_t* place,
                         float* dw, double* sums);

/// Forward by the plain sum over the window.
Index direct_prepared_size(const ConvPool& shape);
void direct_prepare(const ConvPool& shape, const float* w, float* prepared);
void direct_forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image, float* y,
                    std::uint8_t* place);

/// The same for images of one channel, from the same prepared weights.
bool single_fits(const ConvPool& shape);
void single_forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image, float* y,
                    std::uint8_t* place);

/// Forward by Winograd's transforms, for kernels of 5 x 5 and many channels.
bool winograd_fits(const ConvPool& shape);
Index winograd_prepared_size(const ConvPool& shape);
Index winograd_scratch_size(const ConvPool& shape);
void winograd_prepare(const ConvPool& shape, const float* w, float* prepared);
void winograd_forward(const ConvPool& shape, const float* prepared, const float* bias, const float* image,
                      float* scratch, float* y, std::uint8_t* place);

/// Gradient of the image from lists by place, which are made first.
void list_places(const ConvPool& shape, const std::uint8_t* place, const PoolLists& lists);
void listed_inputs_prepare(const ConvPool& shape, const float* w, float* prepared);
void add_listed_inputs(const ConvPool& shape, const float* prepared, const float* dy, const PoolLists& lists,
                       float* dimage);

/// The same without lists, where a window's lines are short.
bool patch_inputs_fit(const ConvPool& shape);
Index patch_inputs_size(const ConvPool& shape);
void patch_inputs_prepare(const ConvPool& shape, const float* w, float* prepared);
void add_patch_inputs(const ConvPool& shape, const float* prepared, const float* dy, const std::uint8_t* place,
                      float* dimage);

}  // namespace fedtide::kernels::avx2
