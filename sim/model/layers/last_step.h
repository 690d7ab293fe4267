#pragma once
// What a recurrent network says at the end of a sequence.

#include "sim/model/layer.h"

namespace fedtide {

struct LastStepSpec {
  static std::string_view name() { return "last_step"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const { return {Shape::Kind::features, in.channels, 1, 1, 1}; }
};

/// A sequence's last step as features.
template <class T>
class LastStep final : public Layer<T> {
 public:
  LastStep(const LastStepSpec& spec, const Shape& in, Layout& /*layout*/, const std::string& /*name*/)
      : spec_(spec), in_(in) {}
  Shape output() const override { return spec_.output(in_); }
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  LastStepSpec spec_;
  Shape in_;
};

using LastStepFactory = LayerFactoryOf<LastStep, LastStepSpec>;

}  // namespace fedtide
