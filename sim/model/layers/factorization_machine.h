#pragma once
// Linear and pairwise terms of sparse rows: Rendle, "Factorization Machines", ICDM 2010.

#include "sim/model/layer.h"

namespace fedtide {

struct FactorizationMachineSpec {
  Index factors = 8;
  double deviation = 0.01;  ///< of the first factors, which are normal; the other weights start at 0
  Index fields = 1;         ///< entries of a row that floating-point operations are counted for

  static std::string_view name() { return "fm"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// y = w0 + sum_i w_i x_i + sum_{i < j} <v_i, v_j> x_i x_j, the last as 1/2 sum_f ((sum_i v_if x_i)^2 - sum_i v_if^2
/// x_i^2). Ranges: "fm1.bias" [1], "fm1.weight" [in], "fm1.factors" [in, factors].
template <class T>
class FactorizationMachine final : public Layer<T> {
 public:
  FactorizationMachine(const FactorizationMachineSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  double flops() const override;
  double backward_flops(bool input_gradient) const override;
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  FactorizationMachineSpec spec_;
  Shape in_;
  Index bias_ = 0, weight_ = 0, factors_ = 0;  ///< offsets
};

using FactorizationMachineFactory = LayerFactoryOf<FactorizationMachine, FactorizationMachineSpec>;

}  // namespace fedtide
