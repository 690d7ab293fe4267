#include "sim/model/kernels/gates.h"

#include "sim/base/vector.h"
#include "sim/model/kernels/dispatch.h"
#include "sim/model/kernels/gate_formulas.h"

namespace fedtide::kernels {
namespace {

template <class T>
struct Lanes {
  static constexpr std::ptrdiff_t kWidth = kPanel;
  using Array = Eigen::Array<T, kPanel, 1>;
  Array v;

  static Lanes load(const T* at) { return {Eigen::Map<const Array>(at)}; }
  static Lanes all(T x) { return {Array::Constant(x)}; }
  void store(T* at) const { Eigen::Map<Array>{at} = v; }

  friend Lanes operator+(const Lanes& a, const Lanes& b) { return {a.v + b.v}; }
  friend Lanes operator-(const Lanes& a, const Lanes& b) { return {a.v - b.v}; }
  friend Lanes operator*(const Lanes& a, const Lanes& b) { return {a.v * b.v}; }
  friend Lanes madd(const Lanes& a, const Lanes& b, const Lanes& c) { return {a.v * b.v + c.v}; }
  friend Lanes sigmoid(const Lanes& x) { return {(T(1) + (-x.v).exp()).inverse()}; }
  friend Lanes tanh(const Lanes& x) { return {x.v.tanh()}; }
};

}  // namespace

template <class T>
void lstm_forward_portable(const LstmStep<T>& step) {
  if (step.peephole != nullptr) return lstm_forward_steps<Lanes<T>, true>(step);
  lstm_forward_steps<Lanes<T>, false>(step);
}

template <class T>
void lstm_backward_portable(const LstmStep<T>& step) {
  if (step.peephole != nullptr) return lstm_backward_steps<Lanes<T>, true>(step);
  lstm_backward_steps<Lanes<T>, false>(step);
}

template <class T>
void gru_forward_portable(const GruStep<T>& step) {
  gru_forward_steps<Lanes<T>>(step);
}

template <class T>
void gru_backward_portable(const GruStep<T>& step) {
  gru_backward_steps<Lanes<T>>(step);
}

#if defined(__x86_64__)
#define FEDTIDE_ON_AVX2(call) \
  if (use_avx2()) return avx2::call
#else
#define FEDTIDE_ON_AVX2(call)
#endif

#define FEDTIDE_STEP(name, Step)                                 \
  template void name##_portable<float>(const Step<float>&);      \
  template void name##_portable<double>(const Step<double>&);    \
  void name(const Step<double>& step) { name##_portable(step); } \
  void name(const Step<float>& step) {                           \
    FEDTIDE_ON_AVX2(name(step));                                 \
    name##_portable(step);                                       \
  }
FEDTIDE_STEP(lstm_forward, LstmStep)
FEDTIDE_STEP(lstm_backward, LstmStep)
FEDTIDE_STEP(gru_forward, GruStep)
FEDTIDE_STEP(gru_backward, GruStep)
#undef FEDTIDE_STEP
#undef FEDTIDE_ON_AVX2

}  // namespace fedtide::kernels
