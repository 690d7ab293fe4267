#include "sim/model/layers/gru.h"

#include <algorithm>

#include "sim/model/initialize.h"
#include "sim/model/kernels/gates.h"

namespace fedtide {
namespace {

constexpr Index kGates = 3;
// In panels: candidate's input, reset, update, candidate's recurrent sum. The first three are what W x gives, the last
// three what U h gives. In the weights r, u, n are 0, 1, 2.
const std::vector<Index> kOrder = {2, 0, 1};
const std::vector<Index> kRecurrentOrder = {0, 1, 2};

}  // namespace

std::string GruSpec::mismatch(const Shape& in) const { return sequence_mismatch(in); }

Shape GruSpec::output(const Shape& in) const {
  Shape out = in;
  out.channels = units;
  return out;
}

template <class T>
struct Gru<T>::Space final : LayerSpace {
  Space(const GruSpec& spec, const Shape& in, Index columns)
      : weight(kOrder, spec.units, in.channels), recurrent(kRecurrentOrder, spec.units, spec.units) {
    const Index units = recurrent.unit_panels(), inputs = weight.input_panels();
    x = d_x = Panels<T>(inputs, columns);
    gates = Panels<T>((kGates + 1) * units, columns);
    hidden = d_hidden = Panels<T>(units, columns);
    bias.setZero(kGates * units * kPanel);
    recurrent_bias = bias;
    zeros.setZero(inputs * kPanel);
  }
  /// What U h is added to, or is compared with: reset, update, candidate.
  PanelView<T> recurrent_gates(Index column) { return gates.from_column(column).from_panel(recurrent.unit_panels()); }

  GateWeights<T> weight, recurrent;
  Panels<T> x, d_x, gates, hidden, d_hidden;
  Vector<T> bias, recurrent_bias, zeros;
};

template <class T>
Gru<T>::Gru(const GruSpec& spec, const Shape& in, Layout& layout, const std::string& name) : spec_(spec), in_(in) {
  const Index rows = kGates * spec.units;
  weight_ = layout.add(name + ".weight", {rows, in.channels});
  recurrent_ = layout.add(name + ".recurrent", {rows, spec.units});
  bias_ = layout.add(name + ".bias", {rows});
  recurrent_bias_ = layout.add(name + ".recurrent_bias", {rows});
}

template <class T>
double Gru<T>::flops() const {
  return 2.0 * static_cast<double>(kGates * spec_.units * (in_.channels + spec_.units) * in_.steps);
}

template <class T>
void Gru<T>::initialize(T* w, Stream& stream) const {
  const Index rows = kGates * spec_.units;
  fedtide::initialize(Init::lecun, spec_.units, 0, stream, w + weight_, rows * in_.channels);
  fedtide::initialize(Init::lecun, spec_.units, 0, stream, w + recurrent_, rows * spec_.units);
  std::fill_n(w + bias_, rows, T(0));
  std::fill_n(w + recurrent_bias_, rows, T(0));
}

template <class T>
std::unique_ptr<LayerSpace> Gru<T>::make_space(Index samples) const {
  return std::make_unique<Space>(spec_, in_, samples * in_.steps);
}

template <class T>
void Gru<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& s = static_cast<Space&>(*space);
  const Index n = pass.count, columns = n * in_.steps, units = s.recurrent.unit_panels(), padded = units * kPanel;
  s.weight.pack(w + weight_);
  s.recurrent.pack(w + recurrent_);
  pack_bias(w + bias_, kOrder, spec_.units, s.bias.data());
  pack_bias(w + recurrent_bias_, kRecurrentOrder, spec_.units, s.recurrent_bias.data());
  s.bias.segment(padded, 2 * padded) += s.recurrent_bias.head(2 * padded);
  to_panels(x, in_.channels, columns, s.x.view());
  s.weight.multiply(s.x.view(), columns, s.bias.data(), s.gates.view(), 0, kGates);
  const T* candidate_bias = s.recurrent_bias.data() + 2 * padded;
  for (Index t = 0; t < in_.steps; ++t) {
    const Index at = t * n;
    const PanelView<T> candidate = s.recurrent_gates(at).from_panel(2 * units);
    kernels::GruStep<T> step;
    if (t > 0) {
      step.before = s.hidden.from_column(at - n);
      s.recurrent.multiply(step.before, n, nullptr, s.recurrent_gates(at), 0, 2);
      s.recurrent.multiply(step.before, n, candidate_bias, candidate, 2, 1);
    } else {
      set_columns(candidate_bias, units, n, candidate);
    }
    step.unit_panels = units;
    step.columns = n;
    step.gates = s.gates.from_column(at);
    step.hidden = s.hidden.from_column(at);
    kernels::gru_forward(step);
  }
  from_panels<T>(s.hidden.view(), spec_.units, columns, y);
}

template <class T>
void Gru<T>::backward(const T* w, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                      const Pass<T>& pass) const {
  auto& s = static_cast<Space&>(*space);
  const Index n = pass.count, columns = n * in_.steps;
  s.recurrent.pack_transposed(w + recurrent_);
  to_panels(dy, spec_.units, columns, s.d_hidden.view());
  for (Index t = in_.steps; t-- > 0;) {
    const Index at = t * n;
    kernels::GruStep<T> step;
    step.unit_panels = s.recurrent.unit_panels();
    step.columns = n;
    step.gates = s.gates.from_column(at);
    step.d_hidden = s.d_hidden.from_column(at);
    if (t > 0) {
      step.before = s.hidden.from_column(at - n);
      step.d_before = s.d_hidden.from_column(at - n);
    }
    kernels::gru_backward(step);
    if (t > 0) s.recurrent.multiply_transposed(s.recurrent_gates(at), n, nullptr, step.d_before);
  }
  if (dx != nullptr) {
    s.weight.pack_transposed(w + weight_);
    s.weight.multiply_transposed(s.gates.view(), columns, s.zeros.data(), s.d_x.view());
    from_panels<T>(s.d_x.view(), in_.channels, columns, dx);
  }
  s.weight.add_gradient(s.gates.view(), s.x.view(), columns, target + weight_);
  s.recurrent.add_gradient(s.recurrent_gates(n), s.hidden.view(), columns - n, target + recurrent_);
  add_bias_gradient<T>(s.gates.view(), kOrder, spec_.units, columns, target + bias_);
  add_bias_gradient<T>(s.recurrent_gates(0), kRecurrentOrder, spec_.units, columns, target + recurrent_bias_);
}

template class Gru<float>;
template class Gru<double>;

}  // namespace fedtide
