#include "sim/model/kernels/dense.h"

#include "sim/model/kernels/avx2/dense.h"
#include "sim/model/kernels/dispatch.h"

namespace fedtide::kernels {

NonzeroMemory::NonzeroMemory(Index in, Index most_samples) : in_(in) {
  const Nonzeros all = view(most_samples);
  index_.resize(static_cast<std::size_t>(all.n * all.blocks * kNonzeroBlock));
  count_.resize(static_cast<std::size_t>(all.n * all.blocks));
  mask_.resize(static_cast<std::size_t>(all.groups * all.blocks * kNonzeroBlock / 8));
}

Nonzeros NonzeroMemory::view(Index n) {
  return {in_,           n,           (in_ + kNonzeroBlock - 1) / kNonzeroBlock, (n + 7) / 8 * 8, index_.data(),
          count_.data(), mask_.data()};
}

const DenseKernels* dense_kernels() {
#if defined(__x86_64__)
  static const DenseKernels avx2{&avx2::dots, &avx2::combine, &avx2::find, &avx2::forward, &avx2::backward};
  return use_avx2() ? &avx2 : nullptr;
#else
  return nullptr;
#endif
}

}  // namespace fedtide::kernels
