#pragma once
// Batch normalization: Ioffe and Szegedy, "Batch Normalization", ICML 2015; of images and of features.

#include "sim/model/layer.h"

namespace fedtide {

struct BatchNormSpec {
  /// shared: running mean and variance are buffers of the weight vector and travel with it. static_batch: always the
  /// batch's own statistics, none are kept (Diao et al. 2021). local: as shared, and all ranges are personal (Li et al.
  /// 2021, FedBN).
  enum class Handling { shared, static_batch, local } handling = Handling::shared;
  double momentum = 0.1;  ///< running += momentum * (batch's - running), after each step
  double epsilon = 1e-5;

  static std::string_view name() { return "batch_norm"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return in; }
};

/// Each channel's values, over all pixels and samples, get mean 0 and variance 1, then a factor and an offset. In
/// evaluation by the running mean and (unbiased) variance instead, unless `static_batch`. A channel of a single value
/// has no variance: its running one stays. Ranges [channels]: "batch_norm1.gamma", ".beta", and the statistics ".mean",
/// ".variance": a step adds to those what they move by, whatever the learning rate.
template <class T>
class BatchNorm final : public Layer<T> {
 public:
  BatchNorm(const BatchNormSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return shape_; }
  /// Seven a value: a sum, a deviation, a sum of squares, a factor, and gamma and beta.
  double flops() const override { return 7.0 * static_cast<double>(shape_.size()); }
  bool has_weights() const override { return true; }
  bool couples_samples() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  bool tracks() const { return spec_.handling != BatchNormSpec::Handling::static_batch; }
  void measure(const T* x, Index columns, Space& own) const;

  BatchNormSpec spec_;
  Shape shape_;
  Index gamma_ = 0;  ///< offsets
  Index beta_ = 0;
  Index mean_ = 0;
  Index variance_ = 0;
};

using BatchNormFactory = LayerFactoryOf<BatchNorm, BatchNormSpec>;

}  // namespace fedtide
