#include "sim/model/layers/lstm.h"

#include <algorithm>
#include <cmath>

#include "sim/model/initialize.h"
#include "sim/model/kernels/gates.h"

namespace fedtide {
namespace {

constexpr Index kGates = 4;
const std::vector<Index> kOrder = {0, 1, 2, 3};
const std::vector<Index> kPeepholes = {0, 1, 2};

}  // namespace

std::string LstmSpec::mismatch(const Shape& in) const { return sequence_mismatch(in); }

Shape LstmSpec::output(const Shape& in) const {
  Shape out = in;
  out.channels = units;
  return out;
}

template <class T>
struct Lstm<T>::Space final : LayerSpace {
  Space(const LstmSpec& spec, const Shape& in, Index columns)
      : weight(kOrder, spec.units, in.channels), recurrent(kOrder, spec.units, spec.units) {
    const Index units = recurrent.unit_panels(), inputs = weight.input_panels();
    x = d_x = Panels<T>(inputs, columns);
    gates = Panels<T>(kGates * units, columns);
    cell = tanh_cell = hidden = d_hidden = Panels<T>(units, columns);
    d_cell = Panels<T>(units, columns / in.steps);
    bias.setZero(kGates * units * kPanel);
    peephole.setZero(3 * units * kPanel);
    zeros.setZero(inputs * kPanel);
  }

  GateWeights<T> weight, recurrent;
  Panels<T> x, d_x, gates, cell, tanh_cell, hidden, d_hidden, d_cell;
  Vector<T> bias, peephole, zeros;
};

template <class T>
Lstm<T>::Lstm(const LstmSpec& spec, const Shape& in, Layout& layout, const std::string& name) : spec_(spec), in_(in) {
  const Index rows = kGates * spec.units;
  weight_ = layout.add(name + ".weight", {rows, in.channels});
  recurrent_ = layout.add(name + ".recurrent", {rows, spec.units});
  bias_ = layout.add(name + ".bias", {rows});
  if (spec.peephole) peephole_ = layout.add(name + ".peephole", {3, spec.units});
}

template <class T>
double Lstm<T>::flops() const {
  return 2.0 * static_cast<double>(kGates * spec_.units * (in_.channels + spec_.units) * in_.steps);
}

template <class T>
void Lstm<T>::initialize(T* w, Stream& stream) const {
  const Index rows = kGates * spec_.units;
  fedtide::initialize(Init::lecun, spec_.units, 0, stream, w + weight_, rows * in_.channels);
  fedtide::initialize(Init::lecun, spec_.units, 0, stream, w + recurrent_, rows * spec_.units);
  std::fill_n(w + bias_, rows, T(0));
  std::fill_n(w + bias_ + spec_.units, spec_.units, static_cast<T>(spec_.forget_bias) + T(0));
  if (spec_.peephole) std::fill_n(w + peephole_, 3 * spec_.units, T(0));
}

template <class T>
std::unique_ptr<LayerSpace> Lstm<T>::make_space(Index samples) const {
  return std::make_unique<Space>(spec_, in_, samples * in_.steps);
}

template <class T>
void Lstm<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& s = static_cast<Space&>(*space);
  const Index n = pass.count, columns = n * in_.steps;
  s.weight.pack(w + weight_);
  s.recurrent.pack(w + recurrent_);
  pack_bias(w + bias_, kOrder, spec_.units, s.bias.data());
  if (spec_.peephole) pack_bias(w + peephole_, kPeepholes, spec_.units, s.peephole.data());
  to_panels(x, in_.channels, columns, s.x.view());
  s.weight.multiply(s.x.view(), columns, s.bias.data(), s.gates.view(), 0, kGates);
  for (Index t = 0; t < in_.steps; ++t) {
    const Index at = t * n;
    kernels::LstmStep<T> step;
    step.unit_panels = s.recurrent.unit_panels();
    step.columns = n;
    step.gates = s.gates.from_column(at);
    if (t > 0) {
      step.before = s.cell.from_column(at - n);
      s.recurrent.multiply(s.hidden.from_column(at - n), n, nullptr, step.gates, 0, kGates);
    }
    step.cell = s.cell.from_column(at);
    step.tanh_cell = s.tanh_cell.from_column(at);
    step.hidden = s.hidden.from_column(at);
    if (spec_.peephole) step.peephole = s.peephole.data();
    kernels::lstm_forward(step);
  }
  from_panels<T>(s.hidden.view(), spec_.units, columns, y);
}

template <class T>
void Lstm<T>::backward(const T* w, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                       const Pass<T>& pass) const {
  auto& s = static_cast<Space&>(*space);
  const Index n = pass.count, columns = n * in_.steps;
  s.recurrent.pack_transposed(w + recurrent_);
  to_panels(dy, spec_.units, columns, s.d_hidden.view());
  for (Index p = 0; p < s.recurrent.unit_panels(); ++p) {
    std::fill_n(s.d_cell.view().from_panel(p).data, n * kPanel, T(0));
  }
  for (Index t = in_.steps; t-- > 0;) {
    const Index at = t * n;
    kernels::LstmStep<T> step;
    step.unit_panels = s.recurrent.unit_panels();
    step.columns = n;
    step.gates = s.gates.from_column(at);
    if (t > 0) step.before = s.cell.from_column(at - n);
    step.tanh_cell = s.tanh_cell.from_column(at);
    step.d_hidden = s.d_hidden.from_column(at);
    step.d_cell = s.d_cell.view();
    if (spec_.peephole) step.peephole = s.peephole.data();
    kernels::lstm_backward(step);
    if (t > 0) s.recurrent.multiply_transposed(step.gates, n, nullptr, s.d_hidden.from_column(at - n));
  }
  if (dx != nullptr) {
    s.weight.pack_transposed(w + weight_);
    s.weight.multiply_transposed(s.gates.view(), columns, s.zeros.data(), s.d_x.view());
    from_panels<T>(s.d_x.view(), in_.channels, columns, dx);
  }
  s.weight.add_gradient(s.gates.view(), s.x.view(), columns, target + weight_);
  s.recurrent.add_gradient(s.gates.from_column(n), s.hidden.view(), columns - n, target + recurrent_);
  add_bias_gradient<T>(s.gates.view(), kOrder, spec_.units, columns, target + bias_);
  if (spec_.peephole) add_peephole_gradient(s, n, target + peephole_);
}

template <class T>
void Lstm<T>::add_peephole_gradient(Space& s, Index n, T* target) const {
  using Lane = Eigen::Array<T, kPanel, 1>;
  const Index columns = n * in_.steps, units = s.recurrent.unit_panels();
  // Sums over the columns of gradients at a gate times the cells that it sees.
  const auto add = [&](PanelView<T> gate, PanelView<T> cell, Index count, T* to) {
    for (Index p = 0; p < units; ++p) {
      const T* g = gate.from_panel(p).data;
      const T* c = cell.from_panel(p).data;
      Lane sum = Lane::Zero();
      for (Index j = 0; j < count; ++j) {
        sum += Eigen::Map<const Lane>(g + j * kPanel) * Eigen::Map<const Lane>(c + j * kPanel);
      }
      const Index valid = std::min<Index>(kPanel, spec_.units - p * kPanel);
      Eigen::Map<Vector<T>>(to + p * kPanel, valid).array() += sum.head(valid);
    }
  };
  add(s.gates.from_column(n), s.cell.view(), columns - n, target);
  add(s.gates.from_column(n).from_panel(units), s.cell.view(), columns - n, target + spec_.units);
  add(s.gates.view().from_panel(3 * units), s.cell.view(), columns, target + 2 * spec_.units);
}

template class Lstm<float>;
template class Lstm<double>;

}  // namespace fedtide
