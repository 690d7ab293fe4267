#include "sim/model/layers/gate_weights.h"

#include <algorithm>
#include <utility>

namespace fedtide {
namespace {

template <class T>
using Square = Eigen::Matrix<T, kPanel, kPanel>;
template <class T>
using Lane = Eigen::Matrix<T, kPanel, 1>;

template <class T>
auto rows_of(const T* w, Index stride) {
  return Eigen::Map<const Square<T>, 0, Eigen::OuterStride<>>(w, Eigen::OuterStride<>(stride));
}

}  // namespace

std::string sequence_mismatch(const Shape& in) {
  if (in.kind == Shape::Kind::sequence) return "";
  if (in.kind == Shape::Kind::features) return "takes a sequence of features, got " + in.text();
  if (in.kind == Shape::Kind::tokens) {
    return "takes a sequence of features, got a " + in.text() + "; put embedding before it";
  }
  return "takes a sequence of features, got a " + in.text();
}

template <class T>
void to_panels(const T* x, Index rows, Index columns, PanelView<T> panels) {
  for (Index p = 0; p < panels_of(rows); ++p) {
    const Index valid = std::min<Index>(kPanel, rows - p * kPanel);
    T* to = panels.from_panel(p).data;
    const T* from = x + p * kPanel;
    if (valid == kPanel) {
      for (Index j = 0; j < columns; ++j) {
        Eigen::Map<Lane<T>>(to + j * kPanel) = Eigen::Map<const Lane<T>>(from + j * rows);
      }
      continue;
    }
    for (Index j = 0; j < columns; ++j) {
      std::copy_n(from + j * rows, valid, to + j * kPanel);
      std::fill_n(to + j * kPanel + valid, kPanel - valid, T(0));
    }
  }
}

template <class T>
void from_panels(PanelView<const T> panels, Index rows, Index columns, T* x) {
  for (Index p = 0; p < panels_of(rows); ++p) {
    const Index valid = std::min<Index>(kPanel, rows - p * kPanel);
    const T* from = panels.from_panel(p).data;
    T* to = x + p * kPanel;
    if (valid == kPanel) {
      for (Index j = 0; j < columns; ++j) {
        Eigen::Map<Lane<T>>(to + j * rows) = Eigen::Map<const Lane<T>>(from + j * kPanel);
      }
      continue;
    }
    for (Index j = 0; j < columns; ++j) std::copy_n(from + j * kPanel, valid, to + j * rows);
  }
}

template <class T>
void set_columns(const T* values, Index row_panels, Index columns, PanelView<T> panels) {
  for (Index p = 0; p < row_panels; ++p) {
    T* to = panels.from_panel(p).data;
    for (Index j = 0; j < columns; ++j) std::copy_n(values + p * kPanel, kPanel, to + j * kPanel);
  }
}

template <class T>
GateWeights<T>::GateWeights(std::vector<Index> order, Index units, Index inputs)
    : order_(std::move(order)), units_(units), inputs_(inputs) {
  const Index padded = gates() * unit_panels() * kPanel * input_panels() * kPanel;
  packed_.setZero(padded);
  transposed_.setZero(padded);
  gradient_.setZero(padded);
}

template <class T>
void GateWeights<T>::pack(const T* w) {
  const Index depth = input_panels() * kPanel;
  for (Index place = 0; place < gates(); ++place) {
    const T* gate = w + order_[static_cast<std::size_t>(place)] * units_ * inputs_;
    for (Index p = 0; p < unit_panels(); ++p) {
      T* to = packed_.data() + (place * unit_panels() + p) * depth * kPanel;
      const T* from = gate + p * kPanel * inputs_;
      const Index rows = std::min<Index>(kPanel, units_ - p * kPanel);
      Index k = 0;
      for (; rows == kPanel && k + kPanel <= inputs_; k += kPanel) {
        Eigen::Map<Square<T>>(to + k * kPanel) = rows_of(from + k, inputs_).transpose();
      }
      for (; k < inputs_; ++k) {
        for (Index r = 0; r < rows; ++r) to[k * kPanel + r] = from[r * inputs_ + k];
      }
    }
  }
}

template <class T>
void GateWeights<T>::pack_transposed(const T* w) {
  const Index depth = gates() * unit_panels() * kPanel;
  for (Index place = 0; place < gates(); ++place) {
    const T* gate = w + order_[static_cast<std::size_t>(place)] * units_ * inputs_;
    for (Index i = 0; i < input_panels(); ++i) {
      const Index valid = std::min<Index>(kPanel, inputs_ - i * kPanel);
      T* to = transposed_.data() + (i * depth + place * unit_panels() * kPanel) * kPanel;
      for (Index u = 0; u < units_; ++u) {
        const T* from = gate + u * inputs_ + i * kPanel;
        if (valid == kPanel) {
          Eigen::Map<Lane<T>>(to + u * kPanel) = Eigen::Map<const Lane<T>>(from);
        } else {
          std::copy_n(from, valid, to + u * kPanel);
        }
      }
    }
  }
}

template <class T>
void GateWeights<T>::multiply(PanelView<const T> x, Index columns, const T* start, PanelView<T> z, Index first,
                              Index count) const {
  kernels::PanelProduct<T> p;
  p.a = packed_.data() + first * unit_panels() * input_panels() * kPanel * kPanel;
  p.row_panels = count * unit_panels();
  p.depth_panels = input_panels();
  p.b = x;
  p.start = start;
  p.c = z;
  p.columns = columns;
  kernels::multiply(p);
}

template <class T>
void GateWeights<T>::multiply_transposed(PanelView<const T> dz, Index columns, const T* start, PanelView<T> dx) const {
  kernels::PanelProduct<T> p;
  p.a = transposed_.data();
  p.row_panels = input_panels();
  p.depth_panels = gates() * unit_panels();
  p.b = dz;
  p.start = start;
  p.c = dx;
  p.columns = columns;
  kernels::multiply(p);
}

template <class T>
void GateWeights<T>::add_gradient(PanelView<const T> dz, PanelView<const T> x, Index columns, T* target) {
  kernels::PanelOuter<T> o;
  o.a = x;
  o.a_panels = input_panels();
  o.b = dz;
  o.b_panels = gates() * unit_panels();
  o.columns = columns;
  o.c = gradient_.data();
  kernels::multiply(o);
  const Index width = input_panels() * kPanel;
  for (Index place = 0; place < gates(); ++place) {
    for (Index u = 0; u < units_; ++u) {
      T* row = target + (order_[static_cast<std::size_t>(place)] * units_ + u) * inputs_;
      Eigen::Map<Vector<T>>(row, inputs_) +=
          Eigen::Map<const Vector<T>>(gradient_.data() + (place * unit_panels() * kPanel + u) * width, inputs_);
    }
  }
}

template <class T>
void pack_bias(const T* bias, const std::vector<Index>& order, Index units, T* packed) {
  for (std::size_t place = 0; place < order.size(); ++place) {
    std::copy_n(bias + order[place] * units, units, packed + static_cast<Index>(place) * panels_of(units) * kPanel);
  }
}

template <class T>
void add_bias_gradient(PanelView<const T> dz, const std::vector<Index>& order, Index units, Index columns, T* target) {
  constexpr Index kBlock = 64;
  for (std::size_t place = 0; place < order.size(); ++place) {
    for (Index p = 0; p < panels_of(units); ++p) {
      const T* from = dz.from_panel(static_cast<Index>(place) * panels_of(units) + p).data;
      Lane<T> total = Lane<T>::Zero();
      for (Index begin = 0; begin < columns; begin += kBlock) {
        Lane<T> sum = Lane<T>::Zero();
        for (Index j = begin; j < std::min(begin + kBlock, columns); ++j) {
          sum += Eigen::Map<const Lane<T>>(from + j * kPanel);
        }
        total += sum;
      }
      const Index valid = std::min<Index>(kPanel, units - p * kPanel);
      Eigen::Map<Vector<T>>(target + order[place] * units + p * kPanel, valid) += total.head(valid);
    }
  }
}

#define FEDTIDE_INSTANTIATE(T)                                                \
  template void to_panels<T>(const T*, Index, Index, PanelView<T>);           \
  template void from_panels<T>(PanelView<const T>, Index, Index, T*);         \
  template void set_columns<T>(const T*, Index, Index, PanelView<T>);         \
  template class GateWeights<T>;                                              \
  template void pack_bias<T>(const T*, const std::vector<Index>&, Index, T*); \
  template void add_bias_gradient<T>(PanelView<const T>, const std::vector<Index>&, Index, Index, T*);
FEDTIDE_INSTANTIATE(float)
FEDTIDE_INSTANTIATE(double)
#undef FEDTIDE_INSTANTIATE

}  // namespace fedtide
