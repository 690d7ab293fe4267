#pragma once
// A layer is a function of (weights, values of the layer below). Like a model it has no weights of its own.

#include <memory>
#include <string>
#include <string_view>

#include "sim/base/random.h"
#include "sim/model/batch.h"
#include "sim/model/layout.h"
#include "sim/model/product.h"
#include "sim/model/shape.h"

namespace fedtide {

/// One block of a batch on its way through the layers.
template <class T>
struct Pass {
  const Batch<T>* batch = nullptr;
  Index begin = 0;        ///< the block's first sample in the batch
  Index count = 0;        ///< n, samples in the block
  bool training = false;  ///< a backward pass follows; dropout and batch statistics are on
  ProductSpace<T>* product = nullptr;
};

/// What one layer keeps from its forward to its backward pass, and its scratch memory.
class LayerSpace {
 public:
  virtual ~LayerSpace() = default;
};

/// Values are laid out as `Shape` says. No method allocates but make_space and the constructor.
template <class T>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual Shape output() const = 0;
  /// Floating-point operations of one sample's forward pass (a multiply-add is two).
  virtual double flops() const { return 0; }
  /// The same of its backward pass, with or without dx.
  virtual double backward_flops(bool input_gradient) const { return flops() * (input_gradient ? 2 : 1); }
  virtual bool has_weights() const { return false; }
  /// One sample's output or gradient depends on the others of its batch (batch normalization): a batch is not cut.
  virtual bool couples_samples() const { return false; }
  /// First weights into this layer's ranges of w[d]; never -0.0.
  virtual void initialize(T* /*w*/, Stream& /*stream*/) const {}
  /// For blocks of up to `samples`. May be null.
  virtual std::unique_ptr<LayerSpace> make_space(Index /*samples*/) const { return nullptr; }

  /// y from x; w[d] is the whole vector. x is null where the batch itself is the input.
  virtual void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const = 0;

  /// From dy, the loss's gradient at y times the step's scale (dy may be overwritten): dx, unless that is null; and
  /// target[d] += gradient of the weights, each weight's sum over the block taken from zero and added once. `target`
  /// may be `w`: a weight is read for the last time before it is changed.
  virtual void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                        const Pass<T>& pass) const = 0;
};

/// Makes layers of one kind for any input shape. `make` is called once `mismatch` is empty.
class LayerFactory {
 public:
  virtual ~LayerFactory() = default;
  virtual std::string_view name() const = 0;  ///< "dense": ranges are called "dense1.weight"
  /// Empty when it can take this input, else why not.
  virtual std::string mismatch(const Shape& in) const = 0;
  virtual Shape output(const Shape& in) const = 0;
  /// Only the shape changes, not a number in memory: no layer is made.
  virtual bool is_view() const { return false; }
  /// Adds the layer's ranges to the layout, each called `name` and then ".weight" or the like.
  virtual std::unique_ptr<Layer<float>> make_float(const Shape& in, Layout& layout, const std::string& name) const = 0;
  virtual std::unique_ptr<Layer<double>> make_double(const Shape& in, Layout& layout,
                                                     const std::string& name) const = 0;
  /// One layer in place of this and the next, computing the same; null when there is none.
  virtual std::shared_ptr<const LayerFactory> fused_with(const LayerFactory& /*next*/) const { return nullptr; }
};

/// The factory of L<T>(spec, in, layout, name), where Spec has `name()`, `mismatch(in)`, `output(in)`.
template <template <class> class L, class Spec>
class LayerFactoryOf : public LayerFactory {
 public:
  explicit LayerFactoryOf(Spec spec) : spec_(std::move(spec)) {}
  const Spec& spec() const { return spec_; }

  std::string_view name() const override { return spec_.name(); }
  std::string mismatch(const Shape& in) const override { return spec_.mismatch(in); }
  Shape output(const Shape& in) const override { return spec_.output(in); }
  std::unique_ptr<Layer<float>> make_float(const Shape& in, Layout& layout, const std::string& name) const override {
    return std::make_unique<L<float>>(spec_, in, layout, name);
  }
  std::unique_ptr<Layer<double>> make_double(const Shape& in, Layout& layout, const std::string& name) const override {
    return std::make_unique<L<double>>(spec_, in, layout, name);
  }

 private:
  Spec spec_;
};

using LayerList = std::vector<std::shared_ptr<const LayerFactory>>;

/// `make_float` or `make_double`.
template <class T>
std::unique_ptr<Layer<T>> make_layer(const LayerFactory& factory, const Shape& in, Layout& layout,
                                     const std::string& name) {
  if constexpr (std::is_same_v<T, float>) {
    return factory.make_float(in, layout, name);
  } else {
    return factory.make_double(in, layout, name);
  }
}

}  // namespace fedtide
