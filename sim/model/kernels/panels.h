#pragma once
// Matrices in panels of 16 rows, and their products: what recurrent layers compute with. A panel holds the 16 values of
// a column beside each other, column after column; so the gates of a step, the step's states and the weights' gradient
// are all read in the order in which they lie in memory, and nothing is packed again from step to step.
//
// Plain structures of pointers: this header goes into files that are compiled for one kind of processor.

#include <cstddef>

namespace fedtide::kernels {

constexpr std::ptrdiff_t kPanel = 16;  ///< rows

/// Element (row, column) is data[row / 16 * stride + column * 16 + row % 16].
template <class T>
struct PanelView {
  T* data = nullptr;
  std::ptrdiff_t stride = 0;  ///< values between two panels

  PanelView from_column(std::ptrdiff_t column) const { return {data + column * kPanel, stride}; }
  PanelView from_panel(std::ptrdiff_t panel) const { return {data + panel * stride, stride}; }
  operator PanelView<const T>() const { return {data, stride}; }
};

/// c[rows, columns] = start + a b, the same `start` in every column; without start, c += a b.
template <class T>
struct PanelProduct {
  const T* a = nullptr;  ///< [row_panels][16 depth_panels][16]
  std::ptrdiff_t row_panels = 0;
  std::ptrdiff_t depth_panels = 0;
  PanelView<const T> b;      ///< [16 depth_panels, columns]
  const T* start = nullptr;  ///< [16 row_panels], or null
  PanelView<T> c;            ///< [16 row_panels, columns]
  std::ptrdiff_t columns = 0;
};

/// c[16 b_panels, 16 a_panels], row-major without gaps: row r, place i = sum over the columns j of b[r, j] a[i, j].
template <class T>
struct PanelOuter {
  PanelView<const T> a;
  std::ptrdiff_t a_panels = 0;
  PanelView<const T> b;
  std::ptrdiff_t b_panels = 0;
  std::ptrdiff_t columns = 0;
  T* c = nullptr;
};

/// Each sum is taken from zero in blocks of 256 of the depth, whatever the columns; it does not depend on how many
/// columns are asked for at once. Does not allocate.
void multiply(const PanelProduct<float>& product);
void multiply(const PanelProduct<double>& product);
/// Each sum is taken from zero in blocks of the columns. Does not allocate.
void multiply(const PanelOuter<float>& outer);
void multiply(const PanelOuter<double>& outer);

/// The same by Eigen on any processor: what others are held against, within rounding.
template <class T>
void multiply_portable(const PanelProduct<T>& product);
template <class T>
void multiply_portable(const PanelOuter<T>& outer);

namespace avx2 {
void multiply(const PanelProduct<float>& product);
void multiply(const PanelOuter<float>& outer);
}  // namespace avx2

}  // namespace fedtide::kernels
