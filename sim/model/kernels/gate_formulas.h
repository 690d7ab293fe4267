#pragma once
// The formulas of gates.h on vectors V of some values: V::kWidth, load, store, all(x), + - *, madd(a, b, c) = a b + c,
// sigmoid, tanh. Included by files that define such a V in a namespace of their own. The columns of a step lie beside
// each other within a panel, so a step runs through 16 columns values of each panel at once.

#include "sim/model/kernels/gates.h"

namespace fedtide::kernels {

template <class V, bool kPeephole, class T>
void lstm_forward_steps(const LstmStep<T>& s) {
  const std::ptrdiff_t n = s.columns * kPanel, units = s.unit_panels * kPanel;
  for (std::ptrdiff_t p = 0; p < s.unit_panels; ++p) {
    T* i_at = s.gates.from_panel(p).data;
    T* f_at = s.gates.from_panel(p + s.unit_panels).data;
    T* g_at = s.gates.from_panel(p + 2 * s.unit_panels).data;
    T* o_at = s.gates.from_panel(p + 3 * s.unit_panels).data;
    const T* before = s.before.data != nullptr ? s.before.from_panel(p).data : nullptr;
    T* cell = s.cell.from_panel(p).data;
    T* tanh_cell = s.tanh_cell.from_panel(p).data;
    T* hidden = s.hidden.from_panel(p).data;
    for (std::ptrdiff_t e = 0; e < n; e += V::kWidth) {
      const V c0 = before != nullptr ? V::load(before + e) : V::all(T(0));
      V i = V::load(i_at + e), f = V::load(f_at + e), o = V::load(o_at + e);
      const T* peephole = kPeephole ? s.peephole + p * kPanel + e % kPanel : nullptr;
      if constexpr (kPeephole) {
        i = madd(V::load(peephole), c0, i);
        f = madd(V::load(peephole + units), c0, f);
      }
      i = sigmoid(i);
      f = sigmoid(f);
      const V g = tanh(V::load(g_at + e));
      const V c = madd(f, c0, i * g);
      if constexpr (kPeephole) o = madd(V::load(peephole + 2 * units), c, o);
      o = sigmoid(o);
      const V t = tanh(c);
      i.store(i_at + e);
      f.store(f_at + e);
      g.store(g_at + e);
      o.store(o_at + e);
      c.store(cell + e);
      t.store(tanh_cell + e);
      (o * t).store(hidden + e);
    }
  }
}

template <class V, bool kPeephole, class T>
void lstm_backward_steps(const LstmStep<T>& s) {
  const std::ptrdiff_t n = s.columns * kPanel, units = s.unit_panels * kPanel;
  const V one = V::all(T(1));
  for (std::ptrdiff_t p = 0; p < s.unit_panels; ++p) {
    T* i_at = s.gates.from_panel(p).data;
    T* f_at = s.gates.from_panel(p + s.unit_panels).data;
    T* g_at = s.gates.from_panel(p + 2 * s.unit_panels).data;
    T* o_at = s.gates.from_panel(p + 3 * s.unit_panels).data;
    const T* before = s.before.data != nullptr ? s.before.from_panel(p).data : nullptr;
    const T* tanh_cell = s.tanh_cell.from_panel(p).data;
    const T* d_hidden = s.d_hidden.from_panel(p).data;
    T* d_cell = s.d_cell.from_panel(p).data;
    for (std::ptrdiff_t e = 0; e < n; e += V::kWidth) {
      const V c0 = before != nullptr ? V::load(before + e) : V::all(T(0));
      const V i = V::load(i_at + e), f = V::load(f_at + e), g = V::load(g_at + e), o = V::load(o_at + e);
      const V t = V::load(tanh_cell + e), dh = V::load(d_hidden + e);
      const T* peephole = kPeephole ? s.peephole + p * kPanel + e % kPanel : nullptr;
      const V d_o = dh * t * o * (one - o);
      V dc = madd(dh * o, one - t * t, V::load(d_cell + e));
      if constexpr (kPeephole) dc = madd(d_o, V::load(peephole + 2 * units), dc);
      const V d_i = dc * g * i * (one - i);
      const V d_f = dc * c0 * f * (one - f);
      const V d_g = dc * i * (one - g * g);
      V dc0 = dc * f;
      if constexpr (kPeephole) {
        dc0 = madd(d_i, V::load(peephole), dc0);
        dc0 = madd(d_f, V::load(peephole + units), dc0);
      }
      d_i.store(i_at + e);
      d_f.store(f_at + e);
      d_g.store(g_at + e);
      d_o.store(o_at + e);
      dc0.store(d_cell + e);
    }
  }
}

template <class V, class T>
void gru_forward_steps(const GruStep<T>& s) {
  const std::ptrdiff_t n = s.columns * kPanel;
  for (std::ptrdiff_t p = 0; p < s.unit_panels; ++p) {
    T* n_at = s.gates.from_panel(p).data;
    T* r_at = s.gates.from_panel(p + s.unit_panels).data;
    T* u_at = s.gates.from_panel(p + 2 * s.unit_panels).data;
    const T* q_at = s.gates.from_panel(p + 3 * s.unit_panels).data;
    const T* before = s.before.data != nullptr ? s.before.from_panel(p).data : nullptr;
    T* hidden = s.hidden.from_panel(p).data;
    for (std::ptrdiff_t e = 0; e < n; e += V::kWidth) {
      const V h0 = before != nullptr ? V::load(before + e) : V::all(T(0));
      const V r = sigmoid(V::load(r_at + e)), u = sigmoid(V::load(u_at + e));
      const V c = tanh(madd(r, V::load(q_at + e), V::load(n_at + e)));
      c.store(n_at + e);
      r.store(r_at + e);
      u.store(u_at + e);
      madd(u, h0 - c, c).store(hidden + e);
    }
  }
}

template <class V, class T>
void gru_backward_steps(const GruStep<T>& s) {
  const std::ptrdiff_t n = s.columns * kPanel;
  const V one = V::all(T(1));
  for (std::ptrdiff_t p = 0; p < s.unit_panels; ++p) {
    T* n_at = s.gates.from_panel(p).data;
    T* r_at = s.gates.from_panel(p + s.unit_panels).data;
    T* u_at = s.gates.from_panel(p + 2 * s.unit_panels).data;
    T* q_at = s.gates.from_panel(p + 3 * s.unit_panels).data;
    const T* before = s.before.data != nullptr ? s.before.from_panel(p).data : nullptr;
    const T* d_hidden = s.d_hidden.from_panel(p).data;
    T* d_before = s.d_before.data != nullptr ? s.d_before.from_panel(p).data : nullptr;
    for (std::ptrdiff_t e = 0; e < n; e += V::kWidth) {
      const V h0 = before != nullptr ? V::load(before + e) : V::all(T(0));
      const V c = V::load(n_at + e), r = V::load(r_at + e), u = V::load(u_at + e), q = V::load(q_at + e);
      const V dh = V::load(d_hidden + e);
      const V d_n = dh * (one - u) * (one - c * c);
      d_n.store(n_at + e);
      (d_n * q * r * (one - r)).store(r_at + e);
      (dh * (h0 - c) * u * (one - u)).store(u_at + e);
      (d_n * r).store(q_at + e);
      if (d_before != nullptr) madd(dh, u, V::load(d_before + e)).store(d_before + e);
    }
  }
}

}  // namespace fedtide::kernels
