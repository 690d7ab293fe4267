#pragma once
// A vector of its own for each token.

#include <optional>
#include <vector>

#include "sim/model/layer.h"

namespace fedtide {

struct EmbeddingSpec {
  Index dims = 0;
  double deviation = 1;                 ///< of the first weights, which are normal (1: PyTorch's)
  std::optional<std::int32_t> padding;  ///< this token's vector starts at 0 and is not trained

  static std::string_view name() { return "embedding"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// The rows of a table [vocabulary, dims] that a block's tokens ask for, and the sum of gradients at them.
template <class T>
class TokenRows {
 public:
  TokenRows(Index vocabulary, Index dims, std::optional<std::int32_t> padding);

  /// y[dims, n, steps] from the table.
  void look_up(const T* table, Index steps, const Pass<T>& pass, T* y) const;
  /// gradient[vocabulary, dims] += dy at each token's row, one position after the other.
  void add_to(const T* dy, Index steps, const Pass<T>& pass, T* gradient) const;

 private:
  Index vocabulary_, dims_;
  std::optional<std::int32_t> padding_;
};

/// [vocabulary] normal vectors of `dims`, that of the padding token 0.
template <class T>
void initialize_embedding(const EmbeddingSpec& spec, Index vocabulary, Stream& stream, T* w);

/// Range: "embedding1.weight" [vocabulary, dims].
template <class T>
class Embedding final : public Layer<T> {
 public:
  Embedding(const EmbeddingSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  EmbeddingSpec spec_;
  Shape in_;
  TokenRows<T> rows_;
  Index weight_ = 0;  ///< offset
};

using EmbeddingFactory = LayerFactoryOf<Embedding, EmbeddingSpec>;

}  // namespace fedtide
