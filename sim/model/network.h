#pragma once
// A model made of layers and a loss.

#include "sim/model/initialize.h"
#include "sim/model/layers/stack.h"
#include "sim/model/loss.h"
#include "sim/model/model.h"

namespace fedtide {

struct NetworkSpec {
  LayerList layers;
  std::shared_ptr<const LossFactory> loss;
  /// Appended: a dense layer of as many outputs as the loss asks for.
  std::optional<Init> head;
  bool head_bias = true;
};

/// A batch is worked through in blocks of kBlock samples, unless samples are coupled; a batch of at most one block has
/// the fused step: each layer's weights are changed right after their last use.
template <class T>
class Network : public Model<T> {
 public:
  static constexpr Index kBlock = 64;

  Network(const NetworkSpec& spec, const InputShape& input);

  const Layout& layout() const override { return layout_; }
  double training_flops() const override { return stack_->training_flops(); }
  double inference_flops() const override { return stack_->flops(); }
  Index labels_per_sample() const override { return labels_; }
  Index outputs() const override { return stack_->output().size(); }
  bool couples_samples() const override { return coupled_; }
  bool couples_losses() const override { return loss_->couples_samples(); }
  bool counts_correct() const override { return loss_->counts_correct(); }
  Index block() const override { return coupled_ ? 0 : kBlock; }
  Vector<T> initial_weights(Stream stream) const override;
  std::unique_ptr<Workspace> make_workspace(Index max_batch) const override;
  Score gradient(const T* w, const Batch<T>& batch, T scale, Workspace& ws, T* step) const override;
  Score step(T* w, const Batch<T>& batch, T scale, Workspace& ws) const override;
  Score evaluate(const T* w, const Batch<T>& batch, Workspace& ws) const override;
  Score predict(const T* w, const Batch<T>& batch, Workspace& ws, T* outputs) const override;

 private:
  struct Space;

  Space& space_of(Workspace& ws, const Batch<T>& batch) const;
  Pass<T> pass_of(const Batch<T>& batch, Index begin, bool training, Space& space) const;
  const T* input_of(const Pass<T>& pass) const;
  Score accumulate(const T* w, const Batch<T>& batch, T scale, Space& space, T* target) const;

  InputShape input_;
  Layout layout_;
  std::unique_ptr<Stack<T>> stack_;
  std::unique_ptr<const Loss<T>> loss_;
  Index labels_ = 1;
  bool coupled_ = false;
};

/// Builds networks of one spec for a data set.
class NetworkFactory final : public ModelFactory {
 public:
  explicit NetworkFactory(NetworkSpec spec) : spec_(std::move(spec)) {}
  std::string mismatch(const InputShape& input) const override;
  std::unique_ptr<const Model<float>> make_float(const InputShape& input) const override;
  std::unique_ptr<const Model<double>> make_double(const InputShape& input) const override;

 private:
  NetworkSpec spec_;
};

}  // namespace fedtide
