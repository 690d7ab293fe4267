#pragma once
// What recurrent layers share: memory in panels, and weights [gates * units, inputs] packed for products of panels.

#include <vector>

#include "sim/base/vector.h"
#include "sim/model/kernels/panels.h"
#include "sim/model/shape.h"

namespace fedtide {

using kernels::kPanel;
using kernels::PanelView;

/// Why a recurrent layer cannot take this; empty when it can.
std::string sequence_mismatch(const Shape& in);

inline Index panels_of(Index rows) { return (rows + kPanel - 1) / kPanel; }

/// A matrix in panels; zeros at first. The stride between panels is an odd number of columns, so that the same column
/// of many panels does not fall into one set of the cache.
template <class T>
class Panels {
 public:
  Panels() = default;
  Panels(Index panels, Index columns) : stride_((columns | 1) * kPanel), memory_(Vector<T>::Zero(panels * stride_)) {}

  PanelView<T> view() { return {memory_.data(), stride_}; }
  PanelView<T> from_column(Index column) { return view().from_column(column); }

 private:
  Index stride_ = 0;
  Vector<T> memory_;
};

/// x[rows, columns] without gaps to panels, and back; rows beyond the last are set to 0.
template <class T>
void to_panels(const T* x, Index rows, Index columns, PanelView<T> panels);
template <class T>
void from_panels(PanelView<const T> panels, Index rows, Index columns, T* x);

/// The same 16 row_panels values in each column.
template <class T>
void set_columns(const T* values, Index row_panels, Index columns, PanelView<T> panels);

/// The weights of some gates. In memory of panels each gate has its own, `units` rounded up to whole panels; rows of
/// the rest have weights 0. `order[b]` is the gate of the weights' rows that stands at place b there.
template <class T>
class GateWeights {
 public:
  GateWeights() = default;
  GateWeights(std::vector<Index> order, Index units, Index inputs);

  Index gates() const { return static_cast<Index>(order_.size()); }
  Index unit_panels() const { return panels_of(units_); }
  Index input_panels() const { return panels_of(inputs_); }
  Index size() const { return gates() * units_ * inputs_; }

  void pack(const T* w);             ///< for multiply
  void pack_transposed(const T* w);  ///< for multiply_transposed

  /// z = start + W x, or z += W x without start, for `count` gates from place `first`, which z is the view of.
  void multiply(PanelView<const T> x, Index columns, const T* start, PanelView<T> z, Index first, Index count) const;
  /// dx = start + W^T dz, or dx += W^T dz.
  void multiply_transposed(PanelView<const T> dz, Index columns, const T* start, PanelView<T> dx) const;
  /// target += dz x^T, each weight's sum taken from zero and added once.
  void add_gradient(PanelView<const T> dz, PanelView<const T> x, Index columns, T* target);

 private:
  std::vector<Index> order_;
  Index units_ = 0, inputs_ = 0;
  Vector<T> packed_, transposed_, gradient_;
};

/// Biases [gates * units] at their places in panels.
template <class T>
void pack_bias(const T* bias, const std::vector<Index>& order, Index units, T* packed);
/// target[gates * units] += sums over the columns of dz, each taken from zero and added once.
template <class T>
void add_bias_gradient(PanelView<const T> dz, const std::vector<Index>& order, Index units, Index columns, T* target);

}  // namespace fedtide
