#pragma once
// Graph convolution: Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks", ICLR 2017.

#include "sim/model/layers/dense.h"

namespace fedtide {

struct GraphConvSpec {
  Index units = 0;
  bool bias = false;
  Init init = Init::glorot;
  Activation activation = Activation::none;
  bool is_first = true;  ///< of its network: it reads the nodes' features from the batch

  static std::string_view name() { return "graph_conv"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// Y = activation(W X A + b): columns are nodes, and A[j, i] is what node j counts for node i, entries of the batch's
/// row i. All nodes of a batch are one block.
/// Ranges: "graph_conv1.weight" [out, in] and, with a bias, "graph_conv1.bias" [out].
template <class T>
class GraphConv final : public Layer<T> {
 public:
  GraphConv(const GraphConvSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  /// Of a node without neighbors; how many it has is not known before.
  double flops() const override { return 2.0 * static_cast<double>((in_.channels + 1) * spec_.units); }
  bool has_weights() const override { return true; }
  bool couples_samples() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  const T* input_of(const T* x, const Pass<T>& pass) const;

  GraphConvSpec spec_;
  Shape in_;
  Index weight_ = 0, bias_ = 0;  ///< offsets
};

using GraphConvFactory = LayerFactoryOf<GraphConv, GraphConvSpec>;

}  // namespace fedtide
