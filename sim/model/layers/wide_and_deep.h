#pragma once
// A linear function of sparse rows plus a deep network on them: Cheng et al., "Wide & Deep Learning for Recommender
// Systems", DLRS 2016.

#include "sim/model/layers/sparse_dense.h"
#include "sim/model/layers/stack.h"

namespace fedtide {

struct WideAndDeepSpec {
  LayerList deep;        ///< from sparse rows to the outputs
  SparseDenseSpec wide;  ///< of as many outputs

  static std::string_view name() { return "wide_and_deep"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return wide.output(in); }
};

/// Ranges: "wide_and_deep1.wide.weight" [in, out], those of the deep layers ("wide_and_deep1.embedding1.weight").
template <class T>
class WideAndDeep final : public Layer<T> {
 public:
  WideAndDeep(const WideAndDeepSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return wide_.output(); }
  double flops() const override { return wide_.flops() + deep_->flops() + static_cast<double>(output().size()); }
  double backward_flops(bool /*input_gradient*/) const override {
    return wide_.backward_flops(false) + deep_->backward_flops(false);
  }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  SparseDense<T> wide_;
  std::unique_ptr<Stack<T>> deep_;
};

using WideAndDeepFactory = LayerFactoryOf<WideAndDeep, WideAndDeepSpec>;

}  // namespace fedtide
