#include "sim/model/kernels/panels.h"

#include <algorithm>

#include "sim/base/vector.h"
#include "sim/model/kernels/dispatch.h"

namespace fedtide::kernels {
namespace {

constexpr Index kColumnBlock = 256;

template <class T>
using Square = Eigen::Matrix<T, kPanel, kPanel>;
template <class T>
using Columns = Eigen::Matrix<T, kPanel, Eigen::Dynamic>;

}  // namespace

template <class T>
void multiply_portable(const PanelProduct<T>& p) {
  for (Index row = 0; row < p.row_panels; ++row) {
    const T* a = p.a + row * p.depth_panels * kPanel * kPanel;
    Eigen::Map<Columns<T>> c(p.c.from_panel(row).data, kPanel, p.columns);
    for (Index j = 0; j < p.columns; ++j) {
      Eigen::Matrix<T, kPanel, 1> sum = Eigen::Matrix<T, kPanel, 1>::Zero();
      for (Index depth = 0; depth < p.depth_panels; ++depth) {
        const T* b = p.b.from_panel(depth).from_column(j).data;
        const Eigen::Map<const Square<T>> block(a + depth * kPanel * kPanel);
        for (Index k = 0; k < kPanel; ++k) sum += block.col(k) * b[k];
      }
      if (p.start != nullptr) {
        c.col(j) = Eigen::Map<const Eigen::Matrix<T, kPanel, 1>>(p.start + row * kPanel) + sum;
      } else {
        c.col(j) += sum;
      }
    }
  }
}

template <class T>
void multiply_portable(const PanelOuter<T>& o) {
  const Index width = o.a_panels * kPanel;
  for (Index bp = 0; bp < o.b_panels; ++bp) {
    for (Index ap = 0; ap < o.a_panels; ++ap) {
      Square<T> total = Square<T>::Zero();
      for (Index begin = 0; begin < o.columns; begin += kColumnBlock) {
        const Index end = std::min(begin + kColumnBlock, o.columns);
        Square<T> sum = Square<T>::Zero();
        for (Index j = begin; j < end; ++j) {
          const Eigen::Map<const Eigen::Matrix<T, kPanel, 1>> a(o.a.from_panel(ap).from_column(j).data);
          const T* b = o.b.from_panel(bp).from_column(j).data;
          for (Index r = 0; r < kPanel; ++r) sum.col(r) += a * b[r];
        }
        total += sum;
      }
      Eigen::Map<Square<T>, 0, Eigen::OuterStride<>>(o.c + bp * kPanel * width + ap * kPanel,
                                                     Eigen::OuterStride<>(width)) = total;
    }
  }
}

#define FEDTIDE_INSTANTIATE(T)                                \
  template void multiply_portable<T>(const PanelProduct<T>&); \
  template void multiply_portable<T>(const PanelOuter<T>&);
FEDTIDE_INSTANTIATE(float)
FEDTIDE_INSTANTIATE(double)
#undef FEDTIDE_INSTANTIATE

void multiply(const PanelProduct<float>& product) {
#if defined(__x86_64__)
  if (use_avx2()) return avx2::multiply(product);
#endif
  multiply_portable(product);
}
void multiply(const PanelProduct<double>& product) { multiply_portable(product); }

void multiply(const PanelOuter<float>& outer) {
#if defined(__x86_64__)
  if (use_avx2()) return avx2::multiply(outer);
#endif
  multiply_portable(outer);
}
void multiply(const PanelOuter<double>& outer) { multiply_portable(outer); }

}  // namespace fedtide::kernels
