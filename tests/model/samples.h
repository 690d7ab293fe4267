#pragma once
// Random batches and weights for the tests of models.

#include <cstring>

#include "sim/base/distributions.h"
#include "sim/model/batch.h"
#include "sim/model/model.h"

namespace fedtide {

/// Standard normal features, uniform labels; the same numbers for float and double.
template <class T>
Batch<T> random_batch(Index features, Index classes, Index count, std::uint64_t seed) {
  Stream stream(seed, Purpose::dataset);
  Batch<T> batch;
  batch.reserve(features, count);
  batch.count = count;
  for (Index j = 0; j < count; ++j) {
    for (Index i = 0; i < features; ++i) batch.dense(i, j) = static_cast<T>(static_cast<float>(normal(stream)));
    batch.labels[static_cast<std::size_t>(j)] =
        static_cast<std::int32_t>(uniform_below(stream, static_cast<std::uint32_t>(classes)));
  }
  return batch;
}

/// Normal with this standard deviation; biases too.
template <class T>
Vector<T> random_weights(Index size, std::uint64_t seed, double deviation = 0.3) {
  Stream stream(seed, Purpose::model_init);
  Vector<T> w(size);
  for (Index i = 0; i < size; ++i) w[i] = static_cast<T>(static_cast<float>(deviation * normal(stream)));
  return w;
}

/// Equal in every bit: 0 and -0 differ.
template <class T>
bool same_bits(const Vector<T>& a, const Vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), sizeof(T) * static_cast<std::size_t>(a.size())) == 0;
}

}  // namespace fedtide
