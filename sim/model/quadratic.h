#pragma once
// The model with closed forms: every sample e pulls the weights x to itself.

#include "sim/model/model.h"

namespace fedtide {

/// Loss of a sample e: 1/2 ||x - e||^2; d = features, labels are not used, nothing counts as correct. The mean loss of
/// n samples has its minimum at their mean m, and k steps of gradient descent with rate lr end at m + (1 - lr)^k (x0 -
/// m).
template <class T>
class Quadratic final : public Model<T> {
 public:
  /// All weights begin at `start`.
  Quadratic(Index features, double start);

  const Layout& layout() const override { return layout_; }
  double training_flops() const override { return 4.0 * static_cast<double>(layout_.size()); }
  double inference_flops() const override { return 3.0 * static_cast<double>(layout_.size()); }
  Index outputs() const override { return 0; }
  bool counts_correct() const override { return false; }
  Vector<T> initial_weights(Stream stream) const override;
  std::unique_ptr<Workspace> make_workspace(Index max_batch) const override;
  Score gradient(const T* w, const Batch<T>& batch, T scale, Workspace& ws, T* step) const override;
  Score step(T* w, const Batch<T>& batch, T scale, Workspace& ws) const override;
  Score evaluate(const T* w, const Batch<T>& batch, Workspace& ws) const override;
  Score predict(const T* w, const Batch<T>& batch, Workspace& ws, T* /*outputs*/) const override {
    return evaluate(w, batch, ws);
  }

 private:
  Layout layout_;
  T start_;
};

}  // namespace fedtide
