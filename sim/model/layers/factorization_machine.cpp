#include "sim/model/layers/factorization_machine.h"

#include <algorithm>

#include "sim/base/distributions.h"
#include "sim/model/layers/sparse_rows.h"

namespace fedtide {

std::string FactorizationMachineSpec::mismatch(const Shape& in) const {
  return in.kind == Shape::Kind::sparse ? "" : "takes sparse rows, got a " + in.text();
}

Shape FactorizationMachineSpec::output(const Shape& /*in*/) const { return {Shape::Kind::features, 1, 1, 1, 1}; }

template <class T>
struct FactorizationMachine<T>::Space final : LayerSpace {
  Vector<T> sums;  ///< [factors * samples] sum_i v_if x_i
  TouchedRows<T> weight, factors;
  Space(Index features, Index f, Index samples)
      : sums(Vector<T>::Zero(f * samples)), weight(features, 1), factors(features, f) {}
};

template <class T>
FactorizationMachine<T>::FactorizationMachine(const FactorizationMachineSpec& spec, const Shape& in, Layout& layout,
                                              const std::string& name)
    : spec_(spec), in_(in) {
  bias_ = layout.add(name + ".bias", {1});
  weight_ = layout.add(name + ".weight", {in.channels});
  factors_ = layout.add(name + ".factors", {in.channels, spec.factors});
}

template <class T>
double FactorizationMachine<T>::flops() const {
  return static_cast<double>(spec_.fields * (4 * spec_.factors + 2) + 2 * spec_.factors + 3);
}

template <class T>
double FactorizationMachine<T>::backward_flops(bool /*input_gradient*/) const {
  return static_cast<double>(spec_.fields * (4 * spec_.factors + 2) + 1);
}

template <class T>
void FactorizationMachine<T>::initialize(T* w, Stream& stream) const {
  for (Index i = factors_; i < factors_ + in_.channels * spec_.factors; ++i) {
    w[i] = static_cast<T>(spec_.deviation * normal(stream)) + T(0);
  }
}

template <class T>
std::unique_ptr<LayerSpace> FactorizationMachine<T>::make_space(Index samples) const {
  return std::make_unique<Space>(in_.channels, spec_.factors, samples);
}

template <class T>
void FactorizationMachine<T>::forward(const T* w, const T* /*x*/, T* y, LayerSpace* space, const Pass<T>& pass) const {
  const Index k = spec_.factors;
  T* sums = static_cast<Space&>(*space).sums.data();
  std::fill_n(sums, k * pass.count, T(0));
  for (Index j = 0; j < pass.count; ++j, sums += k) {
    T linear = 0, squares = 0, square_of_sums = 0;
    visit_row(pass, j, in_.channels, [&](Index column, T value) {
      linear += w[weight_ + column] * value;
      const T* row = w + factors_ + column * k;
      for (Index f = 0; f < k; ++f) {
        const T term = row[f] * value;
        sums[f] += term;
        squares += term * term;
      }
    });
    for (Index f = 0; f < k; ++f) square_of_sums += sums[f] * sums[f];
    y[j] = w[bias_] + linear + T(0.5) * (square_of_sums - squares);
  }
}

template <class T>
void FactorizationMachine<T>::backward(const T* w, const T* /*x*/, const T* /*y*/, T* dy, T* dx, T* target,
                                       LayerSpace* space, const Pass<T>& pass) const {
  FEDTIDE_REQUIRE(dx == nullptr, "sparse rows have no gradient");
  auto& own = static_cast<Space&>(*space);
  const Index k = spec_.factors;
  const T* sums = own.sums.data();
  for (Index j = 0; j < pass.count; ++j, sums += k) {
    visit_row(pass, j, in_.channels, [&](Index column, T value) {
      const T slope = dy[j] * value;
      *own.weight.sum_of(column) += slope;
      // d y / d v_if = x_i (sum_j v_jf x_j - v_if x_i)
      const T* row = w + factors_ + column * k;
      T* gradient = own.factors.sum_of(column);
      for (Index f = 0; f < k; ++f) gradient[f] += slope * (sums[f] - row[f] * value);
    });
  }
  own.weight.move_to(target + weight_);
  own.factors.move_to(target + factors_);
  add_column_sums(dy, 1, pass.count, target + bias_);
}

template class FactorizationMachine<float>;
template class FactorizationMachine<double>;

}  // namespace fedtide
