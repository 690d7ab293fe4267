// The steps of recurrent units for AVX2 and FMA. Nothing but intrinsics, functions of this file, and templates on its
// own types: an inline function of a library that were compiled here could be the copy that a linker keeps for every
// processor.

#include "sim/model/kernels/gates.h"

#include <immintrin.h>

#include "sim/model/kernels/gate_formulas.h"

namespace fedtide::kernels::avx2 {
namespace {

struct Lanes {
  static constexpr std::ptrdiff_t kWidth = 8;
  __m256 v;

  static Lanes load(const float* at) { return {_mm256_loadu_ps(at)}; }
  static Lanes all(float x) { return {_mm256_set1_ps(x)}; }
  void store(float* at) const { _mm256_storeu_ps(at, v); }
};

inline Lanes operator+(Lanes a, Lanes b) { return {_mm256_add_ps(a.v, b.v)}; }
inline Lanes operator-(Lanes a, Lanes b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline Lanes operator*(Lanes a, Lanes b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline Lanes operator/(Lanes a, Lanes b) { return {_mm256_div_ps(a.v, b.v)}; }
inline Lanes madd(Lanes a, Lanes b, Lanes c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }

/// e^x = 2^n e^r with |r| <= ln(2) / 2; x is kept within +-87, where 2^n is a normal number. The polynomial is a
/// minimax fit of (e^r - 1 - r) / r^2, relative error of e^r 3.1e-9 before rounding. What is not a number stays so:
/// min and max give their second operand then.
inline Lanes exp(Lanes x) {
  x.v = _mm256_max_ps(_mm256_set1_ps(-87.0f), _mm256_min_ps(_mm256_set1_ps(87.0f), x.v));
  const Lanes scaled = x * Lanes::all(1.44269504f);
  const Lanes n{_mm256_round_ps(scaled.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
  // ln(2) in two parts, of which the first has few bits: n times it is exact.
  Lanes r = madd(n, Lanes::all(-0.693359375f), x);
  r = madd(n, Lanes::all(2.12194440e-4f), r);
  Lanes p = Lanes::all(1.381446490995586e-3f);
  p = madd(p, r, Lanes::all(8.368780836462975e-3f));
  p = madd(p, r, Lanes::all(4.166839271783829e-2f));
  p = madd(p, r, Lanes::all(1.666651964187622e-1f));
  p = madd(p, r, Lanes::all(4.999999403953552e-1f));
  p = madd(p, r * r, r) + Lanes::all(1.0f);
  const __m256i shift = _mm256_slli_epi32(_mm256_cvtps_epi32(n.v), 23);
  return {_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p.v), shift))};
}

inline Lanes sigmoid(Lanes x) {
  const Lanes one = Lanes::all(1.0f);
  return one / (one + exp(Lanes::all(0.0f) - x));
}

/// 1 - 2 / (1 + e^2x), and below 0.625, where that cancels, x + x^3 times a minimax fit of (tanh(x) / x - 1) / x^2 in
/// x^2 (relative error of tanh 4.4e-9 before rounding).
inline Lanes tanh(Lanes x) {
  const Lanes one = Lanes::all(1.0f), x2 = x * x;
  Lanes p = Lanes::all(-5.704978480935097e-3f);
  p = madd(p, x2, Lanes::all(2.0639078691601753e-2f));
  p = madd(p, x2, Lanes::all(-5.373971164226532e-2f));
  p = madd(p, x2, Lanes::all(1.3331441581249237e-1f));
  p = madd(p, x2, Lanes::all(-3.333328068256378e-1f));
  const Lanes near = madd(x * x2, p, x);
  const Lanes far = one - Lanes::all(2.0f) / (one + exp(x + x));
  const __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x.v);
  return {_mm256_blendv_ps(far.v, near.v, _mm256_cmp_ps(size, _mm256_set1_ps(0.625f), _CMP_LT_OQ))};
}

}  // namespace

void lstm_forward(const LstmStep<float>& step) {
  if (step.peephole != nullptr) return lstm_forward_steps<Lanes, true>(step);
  lstm_forward_steps<Lanes, false>(step);
}

void lstm_backward(const LstmStep<float>& step) {
  if (step.peephole != nullptr) return lstm_backward_steps<Lanes, true>(step);
  lstm_backward_steps<Lanes, false>(step);
}

void gru_forward(const GruStep<float>& step) { gru_forward_steps<Lanes>(step); }
void gru_backward(const GruStep<float>& step) { gru_backward_steps<Lanes>(step); }

void sigmoid(const float* x, std::ptrdiff_t n, float* y) {
  for (std::ptrdiff_t i = 0; i < n; i += Lanes::kWidth) sigmoid(Lanes::load(x + i)).store(y + i);
}

void tanh(const float* x, std::ptrdiff_t n, float* y) {
  for (std::ptrdiff_t i = 0; i < n; i += Lanes::kWidth) tanh(Lanes::load(x + i)).store(y + i);
}

}  // namespace fedtide::kernels::avx2
