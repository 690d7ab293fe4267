#pragma once
// The AVX2 functions behind sim/model/kernels/dense.h. Their files are compiled for AVX2 whatever the rest of the
// program is compiled for, so they use intrinsics and functions of their own only: an inline function of a library
// would be compiled for AVX2 too, and the linker could give it to the rest.

#include "sim/model/kernels/dense.h"

namespace fedtide::kernels::avx2 {

void dots(const float* a, Index rows, Index a_stride, const float* b, Index n, Index b_stride, Index length, float* c,
          Index c_stride);
void combine(Index rows, Index terms, const float* coefficient, Index r_stride, Index s_stride, const float* b,
             Index b_stride, float* c, Index c_stride, Index length, bool overwrite);
void find(const float* x, const Nonzeros& found);
void forward(const float* w, Index out, const float* x, const Nonzeros& found, float* z);
void backward(const float* w, Index out, const float* x, const Nonzeros& found, const float* d, float* dx,
              float* target);

}  // namespace fedtide::kernels::avx2
