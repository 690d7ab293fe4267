#pragma once
// Embedding and output layer with one table (Press and Wolf 2017; Inan, Khosravi and Socher 2017).

#include "sim/model/layers/embedding.h"
#include "sim/model/layers/stack.h"

namespace fedtide {

struct TiedSpec {
  EmbeddingSpec embedding;
  LayerList inner;  ///< from the tokens' vectors to what is compared with each token's vector; has weights
  bool bias = true;

  static std::string_view name() { return "tied"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// z = E inner(E[token]) + b, where E is one range. Its gradient is the sum of what comes from the outputs and what
/// comes from the tokens. Ranges: "tied1.embedding" [vocabulary, dims], those of the inner layers
/// ("tied1.lstm1.weight"), "tied1.bias" [vocabulary].
template <class T>
class Tied final : public Layer<T> {
 public:
  Tied(const TiedSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  double flops() const override { return product_flops() + inner_->flops(); }
  double backward_flops(bool input_gradient) const override;
  bool has_weights() const override { return true; }
  bool couples_samples() const override { return inner_->couples_samples(); }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  double product_flops() const { return 2.0 * static_cast<double>(in_.channels * inner_->output().size()); }

  TiedSpec spec_;
  Shape in_;
  TokenRows<T> rows_;
  std::unique_ptr<Stack<T>> inner_;
  Index table_ = 0, bias_ = 0;  ///< offsets
};

using TiedFactory = LayerFactoryOf<Tied, TiedSpec>;

}  // namespace fedtide
