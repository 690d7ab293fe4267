#pragma once
// Kernels of dense layers in float32 for small batches: all of them are one of two things, rows combined with
// coefficients, or dot products of rows. Every matrix is a list of rows with a distance (stride) between them.

#include <cstdint>
#include <vector>

#include "sim/base/vector.h"

namespace fedtide::kernels {

constexpr Index kNonzeroBlock = 64;  ///< inputs that share one list
constexpr Index kMostSamples = 64;   ///< of one call to find, forward, backward

/// Where inputs x[n, in] are not 0: half of them are behind a ReLU, and most of an image may be.
struct Nonzeros {
  Index in = 0;
  Index n = 0;
  Index blocks = 0;               ///< ceil(in / 64)
  Index groups = 0;               ///< n rounded up to a multiple of 8
  std::uint8_t* index = nullptr;  ///< [n, 64 blocks]: places within the block, in order
  std::uint8_t* count = nullptr;  ///< [n, blocks]: how many of them
  std::uint8_t* mask = nullptr;   ///< [8 blocks, groups]: bit r of [c, j]: x[j, 8 c + r]
};

/// The memory of a Nonzeros.
class NonzeroMemory {
 public:
  NonzeroMemory(Index in, Index most_samples);
  Nonzeros view(Index n);

 private:
  Index in_;
  std::vector<std::uint8_t> index_, count_, mask_;
};

struct DenseKernels {
  /// c[j, i] = sum over k of a[i, k] b[j, k]; a [rows, length], b [n, length].
  void (*dots)(const float* a, Index rows, Index a_stride, const float* b, Index n, Index b_stride, Index length,
               float* c, Index c_stride);
  /// c[r, :] += sum over s of coefficient[r * r_stride + s * s_stride] b[s, :], summed from zero; rows of `length`.
  /// With `overwrite`, =.
  void (*combine)(Index rows, Index terms, const float* coefficient, Index r_stride, Index s_stride, const float* b,
                  Index b_stride, float* c, Index c_stride, Index length, bool overwrite);
  /// Finds what is not 0 in x[n, in].
  void (*find)(const float* x, const Nonzeros& found);
  /// z[j, :] += sum over k of x[j, k] w[k, :], summed from zero within each block of k; w [in, out], z [n, out].
  void (*forward)(const float* w, Index out, const float* x, const Nonzeros& found, float* z);
  /// dx[j, k] = sum over o of w[k, o] d[j, o] unless dx is null; then target[k, :] += sum over j of x[j, k] d[j, :],
  /// each summed from zero. Where x[j, k] is 0 nothing is added; target may be w.
  void (*backward)(const float* w, Index out, const float* x, const Nonzeros& found, const float* d, float* dx,
                   float* target);
};

/// What this processor runs fastest; null: nothing better than Eigen's products. The environment variable
/// FEDTIDE_KERNELS=portable asks for null.
const DenseKernels* dense_kernels();

}  // namespace fedtide::kernels
