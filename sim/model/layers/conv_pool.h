#pragma once
// Convolution, ReLU and 2 x 2 max pool as one layer: what a network puts in place of the three.

#include "sim/model/kernels/conv_pool.h"
#include "sim/model/layers/conv2d.h"
#include "sim/model/layers/max_pool.h"

namespace fedtide {

struct ConvPoolSpec {
  Conv2dSpec conv;  ///< stride 1, its activation is relu
  MaxPoolSpec pool;

  static std::string_view name() { return Conv2dSpec::name(); }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return pool.output(conv.output(in)); }
};

/// The ranges are the convolution's. In float32, where the processor has the kernels, the gradient goes only through
/// the pixels that were a window's largest and above 0; else the two layers run one after the other.
template <class T>
class ConvPool final : public Layer<T> {
 public:
  ConvPool(const ConvPoolSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return out_; }
  double flops() const override { return conv_.flops(); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override { conv_.initialize(w, stream); }
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;      ///< of the kernels
  struct TwoLayers;  ///< of the layers one by one
  const kernels::ConvPoolKernels* kernels() const;
  const T* padded(const T* x, Index j, Index count, T* image) const;
  void pad(const T* x, T* image) const;
  void unpad(const T* image, T* x) const;
  void add_channel_sums(const kernels::PoolLists& lists, double* sums) const;

  ConvPoolSpec spec_;
  Shape in_, out_;
  Index weight_;  ///< offset
  Index bias_;    ///< offset
  Conv2d<T> conv_;
  MaxPool<T> pool_;
  Index padding_ = 0;
  kernels::ConvPool sizes_;
};

using ConvPoolFactory = LayerFactoryOf<ConvPool, ConvPoolSpec>;

/// Null unless this is what the pool's kernels are for.
std::shared_ptr<const LayerFactory> fuse_pool(const Conv2dSpec& conv, const LayerFactory& next);

}  // namespace fedtide
