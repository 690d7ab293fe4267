#pragma once
// The machine's own speed at large matrix products, the yardstick of the training kernels.

#include <optional>
#include <string>

namespace fedtide::bench {

struct GemmPeak {
  std::string name;         ///< "OpenBLAS 0.3.21 Zen"
  double flops_per_second;  ///< of one thread, per CPU-second: the best of several products
};

/// float32, n x n by n x n. OpenBLAS itself, whatever the system's default BLAS is; none where it is not installed.
std::optional<GemmPeak> openblas_peak(int n = 1024);
GemmPeak eigen_peak(int n = 1024);

}  // namespace fedtide::bench
