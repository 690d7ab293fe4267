#include "benchmarks/support/gemm_peak.h"

#include <dlfcn.h>

#include <algorithm>

#include "benchmarks/support/clocks.h"
#include "sim/base/vector.h"

namespace fedtide::bench {
namespace {

constexpr int kProducts = 12;  // 27 ms each at 80 GFLOP/s

template <class Product>
double best_rate(int n, Product&& product) {
  product();  // warm
  double best = 0;
  for (int i = 0; i < kProducts; ++i) {
    const double start = thread_seconds();
    product();
    const double cube = static_cast<double>(n) * n * n;
    best = std::max(best, 2 * cube / (thread_seconds() - start));
  }
  return best;
}

Matrix<float> any_matrix(int n) { return Matrix<float>::Constant(n, n, 0.5f); }

/// A symbol of the library, as a function of this type.
template <class Function>
Function* symbol(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

void* open_openblas() {
  for (const char* path : {"libopenblas.so.0", "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
                           "/usr/lib/x86_64-linux-gnu/openblas-serial/libopenblas.so.0", "libopenblas.so"}) {
    if (void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

}  // namespace

std::optional<GemmPeak> openblas_peak(int n) {
  using Sgemm = void(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
  constexpr int kColumnMajor = 102, kAsItIs = 111;  // of the CBLAS interface
  void* library = open_openblas();
  if (library == nullptr) return std::nullopt;
  auto* sgemm = symbol<Sgemm>(library, "cblas_sgemm");
  auto* set_threads = symbol<void(int)>(library, "openblas_set_num_threads");
  auto* config = symbol<char*()>(library, "openblas_get_config");
  if (sgemm == nullptr || set_threads == nullptr) return std::nullopt;
  set_threads(1);
  const Matrix<float> a = any_matrix(n), b = any_matrix(n);
  Matrix<float> c = any_matrix(n);
  const double rate = best_rate(
      n, [&] { sgemm(kColumnMajor, kAsItIs, kAsItIs, n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n); });
  return GemmPeak{config != nullptr ? config() : "OpenBLAS", rate};
}

GemmPeak eigen_peak(int n) {
  const Matrix<float> a = any_matrix(n), b = any_matrix(n);
  Matrix<float> c = any_matrix(n);
  return {"Eigen", best_rate(n, [&] { c.noalias() = a * b; })};
}

}  // namespace fedtide::bench
