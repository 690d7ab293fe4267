#pragma once
// Fully connected networks for classification: softmax regression and the multi-layer perceptron.

#include <cstdint>
#include <vector>

#include "sim/model/model.h"

namespace fedtide {

struct DenseNetworkSpec {
  enum class Activation { relu, tanh };
  enum class Init { glorot, he, zeros };

  std::vector<Index> hidden;  ///< widths of the hidden layers; none: softmax regression
  Activation activation = Activation::relu;
  /// Weights of a layer [out, in] are uniform in (-a, a), biases 0.
  /// glorot: a = sqrt(6 / (in + out)) (Glorot and Bengio 2010); he: a = sqrt(6 / in) (He et al. 2015).
  Init init = Init::he;
  bool bias = true;
};

/// z1 = W1 x + b1, a1 = activation(z1), ..., loss = cross-entropy of softmax(zL).
/// Ranges: "dense1.weight" [out, in], "dense1.bias" [out], "dense2.weight", ... Weights are row-major, as the other way
/// round was slower in the forward pass and in the rank-B update. A batch is worked through in blocks of kBlock
/// samples; a batch of at most one block has the fused step.
template <class T>
class DenseNetwork final : public Model<T> {
 public:
  static constexpr Index kBlock = 64;

  DenseNetwork(const DenseNetworkSpec& spec, Index features, Index classes);

  const Layout& layout() const override { return layout_; }
  double training_flops() const override;
  double inference_flops() const override;
  Vector<T> initial_weights(Stream stream) const override;
  std::unique_ptr<Workspace> make_workspace(Index max_batch) const override;
  Score gradient(const T* w, const Batch<T>& batch, T scale, Workspace& ws, T* step) const override;
  Score step(T* w, const Batch<T>& batch, T scale, Workspace& ws) const override;
  Score evaluate(const T* w, const Batch<T>& batch, Workspace& ws) const override;

 private:
  struct Layer {
    Index in = 0, out = 0;
    Index weight = 0;  ///< offset of [out, in]
    Index bias = 0;    ///< offset of [out]
  };
  struct Space;
  struct Block;  ///< some columns of a batch

  Space& space_of(Workspace& ws, const Batch<T>& batch) const;
  Block block_of(const Batch<T>& batch, Index begin, Space& space) const;
  void forward(const T* w, const Block& block, Space& space) const;
  /// Outputs to loss; with `want_delta` also to the last layer's delta.
  Score loss(const Block& block, T scale, bool want_delta, Space& space) const;
  /// target[d] += gradients of the block; `target` may be the weights: a layer's are read for the last time before they
  /// are changed.
  void backward(const T* w, const Block& block, Space& space, T* target) const;
  void activate(T* z, Index size) const;
  void mask_delta(const T* a, T* delta, Index size) const;
  Score accumulate(const T* w, const Batch<T>& batch, T scale, Space& space, T* target) const;

  DenseNetworkSpec spec_;
  std::vector<Layer> layers_;
  Layout layout_;
};

/// Builds networks of one spec for a data set.
class DenseNetworkFactory final : public ModelFactory {
 public:
  explicit DenseNetworkFactory(DenseNetworkSpec spec) : spec_(std::move(spec)) {}
  std::string mismatch(const InputShape& input) const override;
  std::unique_ptr<const Model<float>> make_float(const InputShape& input) const override;
  std::unique_ptr<const Model<double>> make_double(const InputShape& input) const override;

 private:
  DenseNetworkSpec spec_;
};

}  // namespace fedtide
