#pragma once
// What recurrent units do between two products: one step, element by element, forward and backward.

#include "sim/model/kernels/panels.h"

namespace fedtide::kernels {

/// One step of an LSTM. The panels of `gates` are those of i, f, g, o one gate after the other, each of unit_panels; at
/// a step, all views show `columns` samples.
template <class T>
struct LstmStep {
  std::ptrdiff_t unit_panels = 0;
  std::ptrdiff_t columns = 0;
  PanelView<T> gates;           ///< forward: W x + U h + b, becomes their values; backward: becomes their gradients
  PanelView<const T> before;    ///< cells of the step before; null at the first step, where they are 0
  PanelView<T> cell;            ///< c
  PanelView<T> tanh_cell;       ///< tanh(c)
  PanelView<T> hidden;          ///< h; backward: not used
  PanelView<const T> d_hidden;  ///< backward: gradient at h
  PanelView<T> d_cell;          ///< backward: gradient at c from the step after; becomes that for the step before
  const T* peephole = nullptr;  ///< [3][16 unit_panels], of i, f, o; null: none
};

/// i, f, o = sigmoid, g = tanh; c = f c_before + i g; h = o tanh(c). With peepholes p: i += p_i c_before, f += p_f
/// c_before, o += p_o c, before the sigmoid (Gers, Schraudolph and Schmidhuber 2002).
void lstm_forward(const LstmStep<float>& step);
void lstm_forward(const LstmStep<double>& step);
void lstm_backward(const LstmStep<float>& step);
void lstm_backward(const LstmStep<double>& step);

/// One step of a GRU. The panels of `gates`: candidate, reset, update, and U h + b of the candidate.
template <class T>
struct GruStep {
  std::ptrdiff_t unit_panels = 0;
  std::ptrdiff_t columns = 0;
  PanelView<T> gates;           ///< forward: sums, become n, r, u (the last stays); backward: become gradients
  PanelView<const T> before;    ///< h of the step before; null at the first step, where it is 0
  PanelView<T> hidden;          ///< h; backward: not used
  PanelView<const T> d_hidden;  ///< backward: gradient at h
  PanelView<T> d_before;        ///< backward: u times that is added; null at the first step
};

/// r, u = sigmoid; n = tanh(W x + b + r (U h + b')); h = (1 - u) n + u h_before.
void gru_forward(const GruStep<float>& step);
void gru_forward(const GruStep<double>& step);
void gru_backward(const GruStep<float>& step);
void gru_backward(const GruStep<double>& step);

/// The same by Eigen on any processor: what others are held against, within rounding.
template <class T>
void lstm_forward_portable(const LstmStep<T>& step);
template <class T>
void lstm_backward_portable(const LstmStep<T>& step);
template <class T>
void gru_forward_portable(const GruStep<T>& step);
template <class T>
void gru_backward_portable(const GruStep<T>& step);

namespace avx2 {
void lstm_forward(const LstmStep<float>& step);
void lstm_backward(const LstmStep<float>& step);
void gru_forward(const GruStep<float>& step);
void gru_backward(const GruStep<float>& step);
/// y[n] from x[n], n a multiple of 8; x and y may be the same. For tests.
void sigmoid(const float* x, std::ptrdiff_t n, float* y);
void tanh(const float* x, std::ptrdiff_t n, float* y);
}  // namespace avx2

}  // namespace fedtide::kernels
