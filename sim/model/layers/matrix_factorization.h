#pragma once
// Ratings as biases and a product of factors: Koren, Bell and Volinsky, "Matrix Factorization Techniques for
// Recommender Systems", Computer 42(8), 2009.

#include "sim/model/layer.h"

namespace fedtide {

struct MatrixFactorizationSpec {
  Index users = 0;
  Index items = 0;
  Index factors = 8;
  double deviation = 0.1;  ///< of the first factors, which are normal; the other weights start at 0

  static std::string_view name() { return "mf"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// y = mu + b_u + b_i + <p_u, q_i> of rows of two entries: column u, and column users + i. Ranges: "mf1.mean" [1],
/// "mf1.item_bias" [items], "mf1.item_factors" [items, factors]; personal, since a user's are no other client's
/// business: "mf1.user_bias" [users], "mf1.user_factors" [users, factors].
template <class T>
class MatrixFactorization final : public Layer<T> {
 public:
  MatrixFactorization(const MatrixFactorizationSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  double flops() const override { return static_cast<double>(2 * spec_.factors + 3); }
  double backward_flops(bool /*input_gradient*/) const override { return static_cast<double>(4 * spec_.factors + 3); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  struct Cell {
    Index user;
    Index item;
  };
  Cell cell_of(const Pass<T>& pass, Index j) const;

  MatrixFactorizationSpec spec_;
  Shape in_;
  Index mean_ = 0, item_bias_ = 0, item_factors_ = 0, user_bias_ = 0, user_factors_ = 0;  ///< offsets
};

using MatrixFactorizationFactory = LayerFactoryOf<MatrixFactorization, MatrixFactorizationSpec>;

}  // namespace fedtide
