#pragma once
// Which kernels run.

namespace fedtide::kernels {

/// True when the processor has AVX2, FMA and BMI2, and FEDTIDE_KERNELS is not "portable". Decided once a process.
bool use_avx2();

}  // namespace fedtide::kernels
