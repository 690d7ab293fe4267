#pragma once
// A vector of its own for each column of sparse rows.

#include <vector>

#include "sim/model/layer.h"

namespace fedtide {

struct SparseEmbeddingSpec {
  Index dims = 0;
  std::vector<Index> fields;  ///< columns of each field, in order; they add up to the row's
  double deviation = 0.01;    ///< of the first weights, which are normal

  static std::string_view name() { return "embedding"; }
  std::string mismatch(const Shape& in) const;
  Shape output(const Shape& in) const;
};

/// One vector for each field, one after the other: the sum of value times vector over the field's entries (a field with
/// one entry 1: that column's vector). Range: "embedding1.weight" [in, dims].
template <class T>
class SparseEmbedding final : public Layer<T> {
 public:
  SparseEmbedding(const SparseEmbeddingSpec& spec, const Shape& in, Layout& layout, const std::string& name);

  Shape output() const override { return spec_.output(in_); }
  bool has_weights() const override { return true; }
  void initialize(T* w, Stream& stream) const override;
  std::unique_ptr<LayerSpace> make_space(Index samples) const override;
  void forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const override;
  void backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                const Pass<T>& pass) const override;

 private:
  struct Space;
  SparseEmbeddingSpec spec_;
  Shape in_;
  std::vector<Index> place_;  ///< [in] where in the output a column's vector is added
  Index weight_ = 0;          ///< offset
};

using SparseEmbeddingFactory = LayerFactoryOf<SparseEmbedding, SparseEmbeddingSpec>;

}  // namespace fedtide
