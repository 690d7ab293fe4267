#pragma once
// Sets a random part of the values to zero in training: Srivastava et al. 2014.

#include "sim/model/layer.h"

namespace fedtide {

struct DropoutSpec {
  double rate = 0.5;  ///< probability that a value becomes 0, in [0, 1)

  static std::string_view name() { return "dropout"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return in; }
};

/// What is kept is multiplied by 1 / (1 - rate), so that evaluation leaves values as they are. A value's fate is word
/// number `element` of a stream named by (the batch's noise, step, this layer's name, the sample's place in the step's
/// batch): however a batch is cut, the masks are the same. Without noise (evaluation, a full gradient) nothing is
/// dropped. Elements of a sample are counted channels first, then positions.
template <class T>
class Dropout final : public Layer<T> {
 public:
  Dropout(const DropoutSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return shape_; }
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;

  bool is_on(const Pass<T>& pass) const { return pass.training && pass.batch->noise && threshold_ > 0; }

  Shape shape_;
  std::uint64_t name_ = 0;       ///< digest of the layer's name
  std::uint64_t threshold_ = 0;  ///< of 2^32: a smaller word drops
  T factor_ = 1;                 ///< of what is kept
};

using DropoutFactory = LayerFactoryOf<Dropout, DropoutSpec>;

}  // namespace fedtide
