#pragma once
// Group normalization: Wu and He, "Group Normalization", ECCV 2018.

#include "sim/model/layer.h"

namespace fedtide {

struct GroupNormSpec {
  Index groups = 8;
  double epsilon = 1e-5;

  static std::string_view name() { return "group_norm"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return in; }
};

/// Each sample's channels are cut into groups of neighbors; a group's values, over all pixels, get mean 0 and variance
/// 1, then each channel a factor and an offset. Ranges: "group_norm1.gamma" and ".beta" [channels].
template <class T>
class GroupNorm final : public Layer<T> {
 public:
  GroupNorm(const GroupNormSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return shape_; }
  /// Seven a value: a sum, a deviation, a sum of squares, a factor, and gamma and beta.
  double flops() const override { return 7.0 * static_cast<double>(shape_.size()); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  /// Spreads one number a group, computed from its channels' sum, over its channels.
  template <class Number>
  void spread(const double* sums, T* out, Number&& number) const;

  GroupNormSpec spec_;
  Shape shape_;
  Index gamma_ = 0;  ///< offset
  Index beta_ = 0;   ///< offset
};

using GroupNormFactory = LayerFactoryOf<GroupNorm, GroupNormSpec>;

}  // namespace fedtide
