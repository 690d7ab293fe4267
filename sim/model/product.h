#pragma once
// The matrix products of a dense layer: Eigen's blocked kernel on memory and block sizes of our own. Through Eigen's
// expressions a product would take its packing buffers from the heap, and its bits would depend on the cache sizes that
// Eigen believes in, on which of its special cases a shape falls into, and on the address of small operands. Here they
// depend on the shape alone.

#include <Eigen/Core>
#include <algorithm>

#include "sim/base/vector.h"

namespace fedtide {

/// Packing buffers of one worker, and the block sizes.
template <class T>
class ProductSpace : public Eigen::internal::level3_blocking<T, T> {
 public:
  static constexpr Index kRows = 120;  ///< block of rows: a multiple of the kernel's 24 (double: 12)
  static constexpr Index kDepth =
      sizeof(T) == 4 ? 288 : 248;      ///< so that a panel of 24 x depth stays in 32 KB of L1 cache
  static constexpr Index kCols = 256;  ///< block of columns: a multiple of the kernel's 4

  ProductSpace() : a_(kRows * kDepth), b_(kDepth * kCols) {
    this->m_blockA = a_.data();
    this->m_blockB = b_.data();
  }
  ProductSpace(const ProductSpace&) = delete;
  ProductSpace& operator=(const ProductSpace&) = delete;

  /// Blocks of nearly equal size for a product of this shape. A depth of at most kDepth is not split.
  void shape(Index rows, Index cols, Index depth) {
    this->m_mc = even(rows, kRows, 24);
    this->m_nc = even(cols, kCols, 4);
    this->m_kc = even(depth, kDepth, 8);
  }

 private:
  static Index even(Index n, Index most, Index multiple) {
    if (n <= most) return n;
    const Index blocks = (n + most - 1) / most;
    const Index each = (n + blocks - 1) / blocks;
    return std::min(most, (each + multiple - 1) / multiple * multiple);
  }

  Vector<T> a_, b_;
};

/// res[rows, cols] += lhs[rows, depth] rhs[depth, cols]; res is column-major. Each element's sum starts from zero (one
/// sum for each block of the depth) and is added once. Strides are between consecutive columns (column-major) or rows
/// (row-major).
template <int LhsOrder, int RhsOrder, class T>
void add_product(Index rows, Index cols, Index depth, const T* lhs, Index lhs_stride, const T* rhs, Index rhs_stride,
                 T* res, Index res_stride, ProductSpace<T>& space) {
  space.shape(rows, cols, depth);
  Eigen::internal::general_matrix_matrix_product<Index, T, LhsOrder, false, T, RhsOrder, false, Eigen::ColMajor,
                                                 1>::run(rows, cols, depth, lhs, lhs_stride, rhs, rhs_stride, res, 1,
                                                         res_stride, T(1), space, nullptr);
}

/// z[out, n] += w[out, in] x[in, n]; w row-major, x and z column-major, all without gaps.
template <class T>
void add_weights_times(const T* w, Index out, Index in, const T* x, Index n, T* z, ProductSpace<T>& space) {
  if (n > 1) return add_product<Eigen::RowMajor, Eigen::ColMajor>(out, n, in, w, in, x, in, z, out, space);
  // One sample: reads w once, without packing.
  using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<Vector<T>>(z, out).noalias() +=
      Eigen::Map<const RowMajor>(w, out, in) * Eigen::Map<const Vector<T>>(x, in);
}

/// x[in, n] += w[out, in]^T z[out, n].
template <class T>
void add_transposed_weights_times(const T* w, Index out, Index in, const T* z, Index n, T* x, ProductSpace<T>& space) {
  if (n > 1) return add_product<Eigen::ColMajor, Eigen::ColMajor>(in, n, out, w, in, z, out, x, in, space);
  Eigen::Map<Vector<T>>(x, in).noalias() +=
      Eigen::Map<const Matrix<T>>(w, in, out) * Eigen::Map<const Vector<T>>(z, out);
}

/// w[out, in] += z[out, n] x[in, n]^T, for n up to ProductSpace::kDepth: each element's sum starts from zero and is
/// added once, so that adding to weights gives the same bits as adding to zeros first.
template <class T>
void add_outer_products(const T* z, Index out, const T* x, Index in, Index n, T* w, ProductSpace<T>& space) {
  if (n > 1) return add_product<Eigen::ColMajor, Eigen::RowMajor>(in, out, n, x, in, z, out, w, in, space);
  for (Index i = 0; i < out; ++i) {
    if (z[i] == T(0)) continue;  // half of them behind a ReLU
    Eigen::Map<Vector<T>>(w + i * in, in) += z[i] * Eigen::Map<const Vector<T>>(x, in);
  }
}

/// b[out] += sum of the columns of z[out, n], each sum taken from zero and added once.
template <class T>
void add_column_sums(const T* z, Index out, Index n, T* b) {
  constexpr Index kChunk = 64;
  Eigen::Array<T, kChunk, 1> sum;
  for (Index begin = 0; begin < out; begin += kChunk) {
    const Index count = std::min(kChunk, out - begin);
    sum.setZero();
    for (Index j = 0; j < n; ++j) {
      for (Index i = 0; i < count; ++i) sum[i] += z[j * out + begin + i];
    }
    for (Index i = 0; i < count; ++i) b[begin + i] += sum[i];
  }
}

}  // namespace fedtide
