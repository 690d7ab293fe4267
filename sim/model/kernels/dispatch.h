#pragma once
// Which kernels run.

namespace fedtide::kernels {

/// True when the processor has AVX2, FMA and BMI2, and FEDTIDE_KERNELS is not "portable". Decided once a process.
bool use_avx2();

/// "avx2" or "portable": bits are the same only between runs of one variant.
const char* variant();

}  // namespace fedtide::kernels
