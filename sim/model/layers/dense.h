#pragma once
// z = W x + b, and an activation where one follows.

#include "sim/model/initialize.h"
#include "sim/model/layer.h"

namespace fedtide {

/// Activations whose derivative follows from their value, so that a layer below can do them in place.
enum class Activation { none, relu, tanh, sigmoid };

struct DenseSpec {
  Index units = 0;
  bool bias = true;
  Init init = Init::he;
  Activation activation = Activation::none;

  static std::string_view name() { return "dense"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// Ranges: "dense1.weight" and "dense1.bias" [out]. The weights of a wide layer are [in, out], so that the row of an
/// input that is 0 (half of them behind a ReLU) is skipped; those of a narrow one, of fewer than kWide outputs, are
/// [out, in], so that vectors run along the inputs. A sequence's steps pass through it one by one.
template <class T>
class Dense final : public Layer<T> {
 public:
  static constexpr Index kWide = 32;

  Dense(const DenseSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  double flops() const override { return 2.0 * static_cast<double>(in_.size() * spec_.units); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  Index columns(const Pass<T>& pass) const { return in_.positions() * pass.count; }
  bool wide() const { return spec_.units >= kWide; }
  /// z[out, n] += weights times x[in, n].
  void multiply(const T* weights, const T* x, Index n, T* z, LayerSpace* space, const Pass<T>& pass) const;
  /// dx[in, n] = weights^T times dy unless dx is null; target += outer products.
  void differentiate(const T* weights, const T* x, const T* dy, Index n, T* dx, T* target, LayerSpace* space,
                     const Pass<T>& pass) const;

  DenseSpec spec_;
  Shape in_;
  Index weight_ = 0;  ///< offset
  Index bias_ = 0;    ///< offset
};

class DenseFactory final : public LayerFactoryOf<Dense, DenseSpec> {
 public:
  using LayerFactoryOf::LayerFactoryOf;
  std::shared_ptr<const LayerFactory> fused_with(const LayerFactory& next) const override;
};

}  // namespace fedtide
