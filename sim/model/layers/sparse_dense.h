#pragma once
// z = W x + b of sparse rows.

#include "sim/model/initialize.h"
#include "sim/model/layer.h"

namespace fedtide {

struct SparseDenseSpec {
  Index units = 0;
  bool bias = true;
  Init init = Init::glorot;
  Index fields = 1;  ///< entries of a row that floating-point operations are counted for

  static std::string_view name() { return "sparse_dense"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// Ranges: "sparse_dense1.weight" [in, out] and "sparse_dense1.bias" [out]. Only weights of columns that the block has
/// are read or changed.
template <class T>
class SparseDense final : public Layer<T> {
 public:
  SparseDense(const SparseDenseSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  double flops() const override { return 2.0 * static_cast<double>(spec_.fields * spec_.units); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  /// Leaves dy as it is.
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  SparseDenseSpec spec_;
  Shape in_;
  Index weight_ = 0, bias_ = 0;  ///< offsets
};

using SparseDenseFactory = LayerFactoryOf<SparseDense, SparseDenseSpec>;

}  // namespace fedtide
